"""The addresses of the pages. What belongs to a system stands below it, so that access is asked for once and first."""

from django.urls import URLPattern, URLResolver, path

from server.views import (
    account,
    agents,
    design,
    evidence,
    frameworks,
    home,
    hosts,
    item,
    item_actions,
    item_edit,
    items,
    requirements,
    results,
    scans,
    tailoring,
)

_S = "systems/<int:system_id>/"
_ITEM = f"{_S}items/<slug:identifier>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("sign-in", account.sign_in, name="sign-in"),
    path("sign-out", account.sign_out, name="sign-out"),
    path("password", account.password, name="password"),
    path("theme", account.theme, name="theme"),
    path("design", design.design, name="design"),
    path("agent/<int:system_id>/enrol", agents.enrol, name="agent-enrol"),
    path("agent/<int:system_id>/upload", agents.upload, name="agent-upload"),
    path(_S, home.overview, name="overview"),
    path(f"{_S}search", home.search, name="search"),
    path(f"{_S}review/", item.review, name="review"),
    path(f"{_S}review/<slug:identifier>/", item.draft, name="draft"),
    path(f"{_S}items/", items.items, name="items"),
    path(_ITEM, item.item, name="item"),
    path(f"{_ITEM}record.json", item.closure, name="item-closure"),
    path(f"{_ITEM}edit", item_edit.item_edit, name="item-edit"),
    path(f"{_ITEM}approve", item_actions.approve, name="item-approve"),
    path(f"{_ITEM}return", item_actions.send_back, name="item-return"),
    path(f"{_ITEM}assign", item_actions.assign, name="item-assign"),
    path(f"{_ITEM}comment", item_actions.comment, name="item-comment"),
    path(f"{_ITEM}accept", item_actions.accept_passes, name="item-accept"),
    path(f"{_ITEM}milestones", item_actions.add_milestone, name="milestone-add"),
    path(f"{_ITEM}milestones/<int:number>", item_actions.change_milestone, name="milestone-change"),
    path(f"{_ITEM}asks", item_actions.ask, name="item-ask"),
    path(f"{_ITEM}asks/<int:ask_id>/answer", item_actions.answer, name="ask-answer"),
    path(f"{_ITEM}asks/<int:ask_id>/withdraw", item_actions.take_back, name="ask-withdraw"),
    path(f"{_S}hosts/", hosts.hosts, name="hosts"),
    path(f"{_S}hosts/<uuid:asset_id>/", hosts.host, name="host"),
    path(f"{_S}hosts/<uuid:asset_id>/facts", hosts.facts, name="facts"),
    path(f"{_S}hosts/<uuid:asset_id>/retire", hosts.retire, name="host-retire"),
    path(f"{_S}hosts/<uuid:asset_id>/conflicts/<int:conflict_id>", hosts.resolve, name="conflict-resolve"),
    path(f"{_S}receipts/<uuid:receipt_id>/", evidence.receipt, name="receipt"),
    path(f"{_S}receipts/<uuid:receipt_id>/bundle", evidence.bundle, name="bundle"),
    path(f"{_S}results/", results.results, name="results"),
    path(f"{_S}checks/", results.checks, name="checks"),
    path(f"{_S}checks/<slug:check_id>/", results.check, name="check"),
    path(f"{_S}checks/<slug:check_id>/confirm", results.confirm, name="judgement-confirm"),
    path(f"{_S}requirements/", requirements.requirements, name="requirements"),
    path(f"{_S}requirements/<str:requirement_id>/", requirements.requirement, name="requirement"),
    path(f"{_S}requirements/<str:requirement_id>/<slug:letter>/attest", requirements.attest, name="attest"),
    path(
        f"{_S}requirements/<str:requirement_id>/<slug:letter>/approve",
        requirements.approve_not_applicable,
        name="not-applicable-approve",
    ),
    path(f"{_S}tailoring/", tailoring.tailoring, name="tailoring"),
    path(f"{_S}tailoring/confirm", tailoring.confirm, name="values-confirm"),
    path(f"{_S}frameworks/<slug:key>/", frameworks.framework, name="framework"),
    path(f"{_S}frameworks/<slug:key>/<str:requirement_id>/", frameworks.framework_requirement, name="framework-requirement"),
    path(f"{_S}scans/", scans.scans, name="scans"),
    path(f"{_S}scans/start", scans.rescan, name="rescan"),
    path(f"{_S}scans/<uuid:run_id>/", scans.scan, name="scan"),
    path(f"{_S}scans/<uuid:run_id>/status", scans.scan_status, name="scan-status"),
    path(f"{_S}jobs/<uuid:job_id>/", scans.job, name="job"),
    path(f"{_S}jobs/<uuid:job_id>/status", scans.job_status, name="job-status"),
]

handler400 = "server.views.errors.bad_request"
handler403 = "server.views.errors.forbidden"
handler404 = "server.views.errors.not_found"
handler500 = "server.views.errors.broken"
