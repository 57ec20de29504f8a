-- Tables that the load writes. What they and their columns mean is said once, in
-- dbt_project/models/sources.yml; the descriptions become DuckDB comments when the tables are made.
--
-- No primary keys: a replaced report is deleted and inserted in one transaction, which DuckDB's indexes
-- refuse. The load and the dbt tests check the grain instead.

create schema if not exists audit;

create schema if not exists raw;

create table if not exists audit.report (
    report_key varchar not null,
    sha256 varchar not null,
    file_name varchar not null,
    file_type varchar not null,
    bytes bigint not null,
    source varchar not null,
    source_url varchar,
    page_url varchar,
    title varchar,
    department_hint varchar,
    published_at timestamp,
    archived_at timestamp not null,
    partition_year varchar not null,
    report_kind varchar,
    kind_reason varchar,
    department_name varchar,
    fiscal_year integer,
    unit varchar,
    pages integer,
    template varchar,
    producer varchar,
    scope varchar,
    place_name varchar,
    division_code varchar,
    reading varchar,
    verdict varchar not null,
    reasons varchar[] not null,
    revision_no integer not null,
    is_current boolean not null,
    content_hash varchar,
    document_fingerprint varchar,
    facts_fingerprint varchar,
    checks_fingerprint varchar,
    gate_fingerprint varchar,
    load_no bigint not null
);

create table if not exists audit.form (
    report_key varchar not null,
    form_code varchar not null,
    title_printed varchar,
    unit varchar,
    page_first integer,
    page_last integer,
    listed boolean not null,
    required boolean not null,
    state varchar not null,
    note_printed varchar,
    copies integer not null
);

create table if not exists audit.reported_amount (
    report_key varchar not null,
    form_code varchar not null,
    side varchar,
    item_code varchar,
    item_name varchar,
    line_item varchar,
    row_kind varchar not null,
    measure varchar not null,
    cell_text varchar not null,
    amount_printed varchar,
    amount_yuan decimal(20, 2),
    decimals integer,
    unit varchar,
    page integer not null,
    table_no integer not null,
    row_no integer not null,
    column_no integer not null,
    x0 double,
    top double,
    x1 double,
    bottom double,
    cell_no integer not null,
    reading varchar not null,
    confidence double,
    flag varchar,
    locator varchar not null
);

create table if not exists audit.reading_flag (
    report_key varchar not null,
    flag_no integer not null,
    kind varchar not null,
    form_code varchar,
    cell_no integer,
    page integer not null,
    table_no integer,
    locator varchar not null,
    first_text varchar,
    second_text varchar,
    confidence double,
    x0 double,
    top double,
    x1 double,
    bottom double
);

create table if not exists audit.unmapped (
    report_key varchar not null,
    unmapped_no integer not null,
    kind varchar not null,
    form_code varchar,
    text_printed varchar not null,
    numbers_printed varchar[] not null,
    page integer not null,
    table_no integer,
    locator varchar not null,
    x0 double,
    top double,
    x1 double,
    bottom double,
    header_printed varchar,
    resembles varchar
);

create table if not exists audit.check_result (
    report_key varchar not null,
    check_id varchar not null,
    form_code varchar,
    subject varchar,
    measure varchar,
    severity varchar not null,
    status varchar not null,
    reported decimal(24, 4),
    computed decimal(24, 4),
    difference decimal(24, 4),
    tolerance decimal(24, 4),
    unit varchar,
    terms integer,
    page integer,
    pages integer[],
    cell_nos integer[],
    message varchar,
    cause_id varchar
);

create table if not exists audit.gate (
    report_key varchar not null,
    sha256 varchar not null,
    content_hash varchar not null,
    verdict varchar not null,
    reasons varchar[] not null,
    suites varchar not null,
    gate_fingerprint varchar not null
);

create table if not exists audit.outcome (
    sha256 varchar not null,
    stage varchar not null,
    status varchar not null,
    error_class varchar,
    message varchar,
    page integer,
    seconds double not null,
    ended_at timestamp not null
);

create table if not exists audit.publication (
    state_hash varchar not null,
    models_fingerprint varchar not null,
    published_at timestamp not null
);

-- Accepted reports only, with the same columns.
create table if not exists raw.report as
select * from audit.report  -- noqa: AM04
where false;

create table if not exists raw.form as
select * from audit.form  -- noqa: AM04
where false;

create table if not exists raw.reported_amount as
select * from audit.reported_amount  -- noqa: AM04
where false;

-- Bookkeeping of the program, for no user.
create schema if not exists internal;

-- The sha256 of this file and of the descriptions that made the tables: a build database made by another
-- version of this file is not written into.
create table if not exists internal.schema_version (
    tables varchar not null,
    descriptions varchar not null
);

-- Which models and seeds made the rows of an incremental mart (dbt_project/macros/incremental.sql).
create table if not exists internal.model_version (
    model varchar not null,
    version varchar not null
);
