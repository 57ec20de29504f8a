-- Tables that the load writes. What they and their columns mean is said once, in
-- dbt_project/models/sources.yml; the descriptions become DuckDB comments when the tables are made.
--
-- No primary keys: a replaced report is deleted and inserted in one transaction, which DuckDB's indexes
-- refuse. The load and the dbt tests check the grain instead.

CREATE SCHEMA IF NOT EXISTS audit;

CREATE SCHEMA IF NOT EXISTS raw;

CREATE TABLE IF NOT EXISTS audit.report (
    report_key VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    file_name VARCHAR NOT NULL,
    file_type VARCHAR NOT NULL,
    bytes BIGINT NOT NULL,
    source VARCHAR NOT NULL,
    source_url VARCHAR,
    page_url VARCHAR,
    title VARCHAR,
    department_hint VARCHAR,
    published_at TIMESTAMP,
    archived_at TIMESTAMP NOT NULL,
    partition_year VARCHAR NOT NULL,
    report_kind VARCHAR,
    kind_reason VARCHAR,
    department_name VARCHAR,
    fiscal_year INTEGER,
    unit VARCHAR,
    pages INTEGER,
    template VARCHAR,
    producer VARCHAR,
    verdict VARCHAR NOT NULL,
    reasons VARCHAR [] NOT NULL,
    revision_no INTEGER NOT NULL,
    is_current BOOLEAN NOT NULL,
    content_hash VARCHAR,
    document_fingerprint VARCHAR,
    facts_fingerprint VARCHAR,
    checks_fingerprint VARCHAR,
    gate_fingerprint VARCHAR,
    load_no BIGINT NOT NULL
);

CREATE TABLE IF NOT EXISTS audit.form (
    report_key VARCHAR NOT NULL,
    form_code VARCHAR NOT NULL,
    title_printed VARCHAR,
    unit VARCHAR,
    page_first INTEGER,
    page_last INTEGER,
    listed BOOLEAN NOT NULL,
    required BOOLEAN NOT NULL,
    state VARCHAR NOT NULL,
    note_printed VARCHAR
);

CREATE TABLE IF NOT EXISTS audit.reported_amount (
    report_key VARCHAR NOT NULL,
    form_code VARCHAR NOT NULL,
    side VARCHAR,
    item_code VARCHAR,
    item_name VARCHAR,
    line_item VARCHAR,
    row_kind VARCHAR NOT NULL,
    measure VARCHAR NOT NULL,
    cell_text VARCHAR NOT NULL,
    amount_printed VARCHAR,
    amount_yuan DECIMAL(20, 2),
    decimals INTEGER,
    unit VARCHAR,
    page INTEGER NOT NULL,
    table_no INTEGER NOT NULL,
    row_no INTEGER NOT NULL,
    column_no INTEGER NOT NULL,
    x0 DOUBLE NOT NULL,
    top DOUBLE NOT NULL,
    x1 DOUBLE NOT NULL,
    bottom DOUBLE NOT NULL,
    cell_no INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS audit.check_result (
    report_key VARCHAR NOT NULL,
    check_id VARCHAR NOT NULL,
    form_code VARCHAR,
    subject VARCHAR,
    measure VARCHAR,
    severity VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    reported DECIMAL(24, 4),
    computed DECIMAL(24, 4),
    difference DECIMAL(24, 4),
    tolerance DECIMAL(24, 4),
    unit VARCHAR,
    terms INTEGER,
    page INTEGER,
    pages INTEGER [],
    cell_nos INTEGER [],
    message VARCHAR,
    cause_id VARCHAR
);

CREATE TABLE IF NOT EXISTS audit.gate (
    report_key VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    content_hash VARCHAR NOT NULL,
    verdict VARCHAR NOT NULL,
    reasons VARCHAR [] NOT NULL,
    suites VARCHAR NOT NULL,
    gate_fingerprint VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS audit.outcome (
    sha256 VARCHAR NOT NULL,
    stage VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    error_class VARCHAR,
    message VARCHAR,
    page INTEGER,
    seconds DOUBLE NOT NULL,
    ended_at TIMESTAMP NOT NULL
);

CREATE TABLE IF NOT EXISTS audit.publication (
    state_hash VARCHAR NOT NULL,
    published_at TIMESTAMP NOT NULL
);

-- Accepted reports only, with the same columns.
CREATE TABLE IF NOT EXISTS raw.report AS FROM audit.report LIMIT 0;

CREATE TABLE IF NOT EXISTS raw.form AS FROM audit.form LIMIT 0;

CREATE TABLE IF NOT EXISTS raw.reported_amount AS FROM audit.reported_amount LIMIT 0;

-- The sha256 of this file and of the descriptions that made the tables: a build database made by another
-- version of this file is not written into.
CREATE TABLE IF NOT EXISTS raw.schema_version (
    tables VARCHAR NOT NULL,
    descriptions VARCHAR NOT NULL
);
