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
    department_reason varchar,
    verdict varchar not null,
    reasons varchar[] not null,
    account_key varchar not null,
    revision_no integer not null,
    is_current boolean not null,
    valid_from timestamp,
    valid_until timestamp,
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
    locator varchar not null,
    corrected_by varchar
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
    bottom double,
    corrected_by varchar
);

create table if not exists audit.correction (
    report_key varchar not null,
    correction_no integer not null,
    action varchar not null,
    cell_no integer,
    form_code varchar,
    item varchar,
    measure varchar,
    page integer not null,
    printed_before varchar,
    printed_after varchar,
    reason varchar not null,
    who varchar not null,
    decided_on date not null
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

create table if not exists audit.narrative_claim (
    report_key varchar not null,
    claim_no integer not null,
    section varchar not null,
    metric varchar,
    subject varchar,
    subject_code varchar,
    value_printed varchar not null,
    value decimal(24, 6),
    unit varchar,
    value_yuan decimal(20, 2),
    direction varchar,
    placed boolean not null,
    sentence varchar not null,
    page integer not null,
    x0 double,
    top double,
    x1 double,
    bottom double,
    locator varchar not null
);

create table if not exists audit.text_flaw (
    report_key varchar not null,
    flaw_no integer not null,
    kind varchar not null,
    section varchar not null,
    found varchar not null,
    sentence varchar not null,
    page integer not null,
    x0 double,
    top double,
    x1 double,
    bottom double,
    locator varchar not null
);

create table if not exists audit.label (
    report_key varchar not null,
    label_no integer not null,
    place varchar not null,
    form_code varchar,
    section varchar,
    text_printed varchar not null,
    fiscal_year integer,
    department_name varchar,
    page integer not null,
    x0 double,
    top double,
    x1 double,
    bottom double,
    locator varchar not null
);

create table if not exists audit.project_evaluation (
    report_key varchar not null,
    evaluation_no integer not null,
    kind varchar,
    title_printed varchar,
    project_name varchar,
    department_name varchar,
    unit_name varchar,
    unit varchar,
    initial_budget_printed varchar,
    initial_budget_yuan decimal(20, 2),
    adjusted_budget_printed varchar,
    adjusted_budget_yuan decimal(20, 2),
    executed_printed varchar,
    executed_yuan decimal(20, 2),
    rate_printed varchar,
    rate decimal(24, 6),
    budget_weight_printed varchar,
    budget_weight decimal(24, 6),
    budget_score_printed varchar,
    budget_score decimal(24, 6),
    total_weight_printed varchar,
    total_weight decimal(24, 6),
    total_score_printed varchar,
    total_score decimal(24, 6),
    rating_printed varchar,
    goals_expected varchar,
    goals_actual varchar,
    tasks varchar,
    notes_printed varchar,
    unplaced_numbers integer not null,
    page_first integer not null,
    page_last integer not null,
    table_no integer not null,
    locator varchar not null,
    x0 double,
    top double,
    x1 double,
    bottom double
);

create table if not exists audit.evaluation_source (
    report_key varchar not null,
    evaluation_no integer not null,
    source_no integer not null,
    source varchar,
    source_printed varchar not null,
    initial_budget_printed varchar,
    initial_budget_yuan decimal(20, 2),
    adjusted_budget_printed varchar,
    adjusted_budget_yuan decimal(20, 2),
    executed_printed varchar,
    executed_yuan decimal(20, 2),
    rate_printed varchar,
    rate decimal(24, 6),
    page integer not null,
    table_no integer not null,
    row_no integer not null,
    locator varchar not null,
    x0 double,
    top double,
    x1 double,
    bottom double
);

create table if not exists audit.performance_indicator (
    report_key varchar not null,
    evaluation_no integer not null,
    indicator_no integer not null,
    block varchar not null,
    level1 varchar,
    level1_weight decimal(24, 6),
    level2 varchar,
    level3 varchar,
    target_printed varchar,
    target_operator varchar,
    target_number decimal(24, 6),
    target_unit varchar,
    actual_printed varchar,
    actual_number decimal(24, 6),
    actual_unit varchar,
    weight_printed varchar,
    weight decimal(24, 6),
    score_printed varchar,
    score decimal(24, 6),
    deviation_printed varchar,
    deviation decimal(24, 6),
    reason_printed varchar,
    page integer not null,
    table_no integer not null,
    row_no integer not null,
    locator varchar not null,
    x0 double,
    top double,
    x1 double,
    bottom double
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
    claim_nos integer[],
    message varchar,
    cause_id varchar,
    other_report_key varchar,
    other_pages integer[],
    other_cell_nos integer[],
    other_claim_nos integer[]
);

create table if not exists audit.cause (
    report_key varchar not null,
    cause_id varchar not null,
    hypothesis varchar not null,
    defect varchar not null,
    form_code varchar not null,
    page integer not null,
    cell_nos integer[] not null,
    claim_nos integer[] not null,
    printed varchar[] not null,
    suggested varchar[] not null,
    checks_repaired integer not null,
    checks_failed integer not null,
    alternatives integer not null,
    other_report_key varchar,
    other_cell_nos integer[]
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

create table if not exists audit.waiver (
    report_key varchar not null,
    waiver_no integer not null,
    check_id varchar not null,
    form_code varchar,
    subject varchar,
    measure varchar,
    difference decimal(24, 4),
    reason varchar not null,
    who varchar not null,
    decided_on date not null,
    until date,
    state varchar not null
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

create table if not exists audit.revision_diff (
    report_key varchar not null,
    previous_report_key varchar not null,
    revision_no integer not null,
    change varchar not null,
    form_code varchar not null,
    side varchar,
    item varchar,
    measure varchar not null,
    old_cell_no integer,
    new_cell_no integer,
    old_printed varchar,
    new_printed varchar,
    old_yuan decimal(20, 2),
    new_yuan decimal(20, 2)
);

create table if not exists audit.source (
    source varchar not null,
    name varchar not null,
    place varchar not null,
    division_code varchar,
    verified boolean not null,
    reports_due varchar
);

create table if not exists audit.crawl (
    source varchar not null,
    crawl_id varchar not null,
    started_at timestamp not null,
    finished_at timestamp not null,
    status varchar not null,
    resumed boolean not null,
    year integer,
    pages bigint not null,
    requests bigint not null,
    conditional bigint not null,
    downloads bigint not null,
    downloaded_bytes bigint not null,
    listed bigint not null,
    new bigint not null,
    duplicate bigint not null,
    changed bigint not null,
    unchanged bigint not null,
    gone bigint not null,
    failed bigint not null,
    failed_by_reason varchar[] not null,
    alarms varchar[] not null
);

create table if not exists audit.crawled_url (
    source varchar not null,
    file_url varchar not null,
    role varchar not null,
    page_url varchar,
    title varchar,
    department_hint varchar,
    year_hint integer,
    published_at varchar,
    crawl_id varchar not null,
    outcome varchar not null,
    reason varchar,
    message varchar,
    http_status integer,
    sha256 varchar,
    bytes bigint,
    file_type varchar,
    etag varchar,
    last_modified varchar,
    fetched_at timestamp,
    recorded_at timestamp not null
);

create table if not exists audit.expected_department (
    list_file varchar not null,
    place varchar not null,
    division_code varchar,
    department_name varchar not null,
    from_year integer not null,
    until_year integer,
    list_source varchar not null
);

create table if not exists audit.publication (
    state_hash varchar not null,
    layout_hash varchar not null,
    models_fingerprint varchar not null,
    published_at timestamp not null
);

-- Accepted reports only, with the same columns.
create table if not exists raw.report as
select * from audit.report  -- noqa: AM04
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

-- One row that no other build database has: load numbers of two of them say nothing about each other.
create table if not exists internal.build as
select uuid() as build_id;

-- Which models and seeds made the rows of an incremental mart (dbt_project/macros/incremental.sql).
create table if not exists internal.model_version (
    model varchar not null,
    version varchar not null
);
