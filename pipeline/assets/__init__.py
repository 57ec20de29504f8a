"""The asset graph: one thin module per stage, in the order of the flow.

    archive -> reading -> facts -> checks -> gate -> load -> models (dbt) -> published

Belongs here: what Dagster needs to run, show and schedule the stages. Does not: any work of a stage; that is
in `pipeline.stages` and behind it, and imports no Dagster.
"""
