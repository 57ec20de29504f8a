-- Should the narrative state a figure twice, the first counts; their agreement is checked elsewhere.
with claims as (
    select *
    from {{ ref('fct_narrative_claim') }}
    where
        section = 'procurement'
        and metric in (
            'procurement_total',
            'procurement_goods',
            'procurement_works',
            'procurement_services',
            'sme_contract_amount',
            'sme_contract_share_percent',
            'micro_contract_amount',
            'micro_contract_share_percent'
        )
        and {{ is_new_or_changed() }}
)

select
    report_key,
    list(claim_no order by claim_no) as claim_nos,
    department_key,
    fiscal_year,
    arg_min_null(value_yuan, claim_no) filter (where metric = 'procurement_total') as total_yuan,
    arg_min_null(value_yuan, claim_no) filter (where metric = 'procurement_goods') as goods_yuan,
    arg_min_null(value_yuan, claim_no) filter (where metric = 'procurement_works') as works_yuan,
    arg_min_null(value_yuan, claim_no) filter (where metric = 'procurement_services') as services_yuan,
    arg_min_null(value_yuan, claim_no) filter (where metric = 'sme_contract_amount') as sme_contract_yuan,
    arg_min_null(value, claim_no) filter (
        where metric = 'sme_contract_share_percent'
    ) as sme_contract_printed_percent,
    arg_min_null(value_yuan, claim_no) filter (where metric = 'micro_contract_amount') as micro_contract_yuan,
    arg_min_null(value, claim_no) filter (
        where metric = 'micro_contract_share_percent'
    ) as micro_contract_printed_percent,
    min(page) as page,
    load_no
from claims
group by report_key, department_key, fiscal_year, load_no
order by report_key
