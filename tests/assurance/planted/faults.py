"""The faults: each a small, likely mistake in the code that runs.

They were chosen from that code and from what Brook promises, before the tests were looked at. One
that no test catches stays here: it shows a hole, and is not exchanged for an easier one.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """A fault.

    Attributes:
        name: says what goes wrong by it.
        file: that it is in.
        old: the text, which stands there exactly once.
        new: what is put in its place.
        first: the tests to be tried first; they only save time.
        was_missed: no test caught it when it was first planted; one has been written since.
    """

    name: str
    file: str
    old: str
    new: str
    first: tuple[str, ...]
    was_missed: bool = False


_CRM = "layers/crm/python/crm/"


STORE = (
    Fault(
        "a_newer_version_is_overwritten",
        _CRM + "platform/dynamodb/transaction.py",
        'as_read = Path("version") == old.version if old else None',
        'as_read = Path("pk").exists() if old else None',
        (
            "tests/functions/http/test_if_match.py::TestTwoWriters::test_patches_of_different_fields_both_survive",
        ),
    ),
    Fault(
        "a_newer_version_is_deleted",
        _CRM + "platform/dynamodb/transaction.py",
        'self.delete(old.key, Path("version") == old.version)',
        'self.delete(old.key, Path("pk").exists())',
        (
            "tests/functions/http/test_if_match.py::TestTwoWriters::test_deleting_by_a_tag_that_became_stale",
        ),
    ),
    Fault(
        "writers_who_meet_are_an_error",
        _CRM + "platform/dynamodb/transaction.py",
        'elif reason.code in {"TransactionConflict", "ThrottlingError"}:',
        'elif reason.code == "ThrottlingError":',
        ("tests/unit/platform/test_transaction.py::test_a_stale_read_outranks_a_refusal",),
    ),
    Fault(
        "an_entry_stays_where_its_record_was",
        _CRM + "platform/dynamodb/transaction.py",
        "            if after.get(name) != position:\n                self.delete",
        "            if name not in after:\n                self.delete",
        (
            "tests/functions/related/test_activities_lists.py::test_an_activity_moves_through_the_lists",
        ),
    ),
    Fault(
        "unique_values_are_shared_by_organizations",
        _CRM + "platform/dynamodb/keys.py",
        'pk = f"{organization_prefix(organization_id)}UNIQUE#{kind.upper()}#{_fitting(value)}"',
        'pk = f"UNIQUE#{kind.upper()}#{_fitting(value)}"',
        ("tests/unit/platform/test_keys.py::test_organizations_share_no_partition",),
    ),
    Fault(
        "a_search_meets_other_organizations",
        _CRM + "platform/dynamodb/keys.py",
        '{organization_prefix(organization_id)}GRAM#{kind.upper()}#{gram}"',
        'GRAM#{kind.upper()}#{gram}"',
        ("tests/unit/platform/test_keys.py::test_organizations_share_no_partition",),
    ),
    Fault(
        "a_record_is_read_as_it_was",
        _CRM + "platform/dynamodb/table.py",
        "connection().get_item(self.name, key.pk, key.sk, consistent_read=True)",
        "connection().get_item(self.name, key.pk, key.sk, consistent_read=False)",
        ("tests/unit/platform/test_table.py::test_what_is_read_is_what_was_last_written",),
        was_missed=True,
    ),
    Fault(
        "what_a_batch_did_not_read_is_forgotten",
        _CRM + "platform/dynamodb/table.py",
        "wanted = [from_raw(key) for key in missed] + wanted[BATCH_GET_LIMIT:]",
        "wanted = wanted[BATCH_GET_LIMIT:]",
        ("tests/unit/platform/test_table.py::test_what_a_batch_did_not_read_is_asked_for_again",),
        was_missed=True,
    ),
    Fault(
        "long_numbers_are_rounded",
        _CRM + "platform/dynamodb/codec.py",
        "traps=[Clamped, Overflow, Inexact, Rounded, Underflow]",
        "traps=[Clamped, Overflow, Underflow]",
        ("tests/unit/platform/test_codec.py::test_numbers_are_measured_as_boto3_measures_them",),
    ),
    Fault(
        "what_is_in_use_is_deleted",
        _CRM + "platform/dynamodb/reference_counts.py",
        "transaction.delete(uses, _unused(), lambda: InUseError(detail))",
        "transaction.delete(uses, None, lambda: InUseError(detail))",
        ("tests/functions/sales/test_pipelines_stages.py::TestRemoving::test_one_with_deals",),
    ),
    Fault(
        "there_is_one_more_than_the_limit",
        _CRM + "platform/dynamodb/quotas.py",
        '(Path("count") < limit)',
        '(Path("count") <= limit)',
        ("tests/functions/sales/test_pipelines.py::TestLimit",),
    ),
    Fault(
        "the_users_of_a_team_are_older_than_its_version",
        _CRM + "tenancy/teams/service.py",
        "    team = queries.find(Team, caller.organization_id, team_id)\n"
        "    return _answer(team, members.of_team(caller.organization_id, team_id))\n",
        "    team, users = together(\n"
        "        lambda: queries.find(Team, caller.organization_id, team_id),\n"
        "        lambda: members.of_team(caller.organization_id, team_id),\n"
        "    )\n"
        "    return _answer(team, users)\n",
        ("tests/functions/test_torn_reads.py::test_one_comes_before_the_other",),
        was_missed=True,
    ),
    Fault(
        "a_deal_stays_in_what_is_not_the_first_stage_any_more",
        _CRM + "sales/deals/service.py",
        "        pipelines.require_unchanged(transaction, pipeline)\n",
        "",
        ("tests/functions/test_torn_reads.py::test_one_comes_before_the_other",),
        was_missed=True,
    ),
    Fault(
        "who_was_removed_writes_over_what_came_after",
        _CRM + "http/request.py",
        '        self.__dict__.pop("caller", None)\n',
        "",
        ("tests/functions/test_torn_reads.py::test_who_is_removed_meanwhile_writes_over_nothing",),
        was_missed=True,
    ),
)

LISTS = (
    Fault(
        "what_a_filter_refuses_is_looked_up",
        _CRM + "platform/dynamodb/lists.py",
        "self._entries, self._index, self._from = self._accepted(entries), 0, None",
        "self._entries, self._index, self._from = list(entries), 0, None",
        (
            "tests/unit/platform/test_lists.py::test_what_is_not_accepted_is_passed_over_where_it_is_looked_up",
        ),
        was_missed=True,
    ),
    Fault(
        "a_race_tells_an_entry_twice",
        _CRM + "platform/dynamodb/lists.py",
        "return self._dropped is not None and position >= self._dropped",
        "return self._dropped is not None and position > self._dropped",
        ("tests/unit/platform/test_race.py::test_a_walk_meets_each_hit_once",),
    ),
    Fault(
        "a_cursor_serves_another_user",
        _CRM + "http/cursor.py",
        "json.dumps([organization_id, user_id, path, sorted(filters.items())])",
        "json.dumps([organization_id, path, sorted(filters.items())])",
        ("tests/unit/http/test_cursor.py::test_it_holds_good_for_nothing_else",),
    ),
    Fault(
        "a_cursor_never_expires",
        _CRM + "http/cursor.py",
        "if cursor.expires_on <= now_seconds or seal(cursor, bound_to, secret) != text:",
        "if seal(cursor, bound_to, secret) != text:",
        ("tests/unit/http/test_cursor.py::test_it_expires",),
    ),
)

IDEMPOTENCY = (
    Fault(
        "an_answer_is_repeated_to_somebody_else",
        _CRM + "platform/dynamodb/keys.py",
        "IDEMPOTENCY#{user_id}",
        "IDEMPOTENCY",
        (
            "tests/functions/http/test_idempotency.py::test_it_is_kept_per_user_organization_and_path",
        ),
    ),
    Fault(
        "who_has_lost_the_claim_commits",
        _CRM + "http/idempotency.py",
        '            Path("token") == self.token,\n            IdempotencyInProgressError,',
        "            None,\n            IdempotencyInProgressError,",
        ("tests/functions/http/test_idempotency.py::test_who_outlives_their_lease_cannot_commit",),
    ),
    Fault(
        "the_order_of_names_makes_another_body",
        _CRM + "platform/json.py",
        'value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_number',
        'value, separators=(",", ":"), ensure_ascii=False, default=_number',
        ("tests/unit/platform/test_json.py::test_spelling_does_not_matter",),
    ),
    Fault(
        "an_answer_is_kept_for_an_hour",
        _CRM + "http/idempotency.py",
        "KEEP_SECONDS = 24 * 3600",
        "KEEP_SECONDS = 3600",
        ("tests/functions/http/test_idempotency.py::test_it_is_kept_for_a_day",),
        was_missed=True,
    ),
)

PERMISSIONS = (
    Fault(
        "who_sees_changes_too",
        _CRM + "tenancy/permissions.py",
        "not caller.teams.isdisjoint(record.changing_teams)",
        "not caller.teams.isdisjoint(record.viewing_teams)",
        ("tests/unit/tenancy/test_permissions.py::test_seeing_and_changing",),
    ),
    Fault(
        "a_team_sees_inactive_documents",
        _CRM + "related/documents/schemas.py",
        'return self.shared_with if self.visibility == "visible" else []',
        "return self.shared_with",
        ("tests/unit/related/test_document_schemas.py::test_visibility",),
    ),
    Fault(
        "an_inactive_document_is_seen_through_its_record",
        _CRM + "related/documents/service.py",
        'document.visibility == "visible" and attachment_links.may_see_through(',
        "attachment_links.may_see_through(",
        (
            "tests/functions/related/test_attachments_visibility.py::test_from_the_document_s_beginning_to_its_end",
        ),
    ),
    Fault(
        "a_page_shows_what_is_hidden_by_now",
        _CRM + "records/repository.py",
        "return [record for record in found.values() if permissions.may_see(caller, record)]",
        "return list(found.values())",
        (
            "tests/functions/sales/test_entities_merge.py::TestDuplicates::test_only_those_that_the_caller_may_see",
        ),
    ),
    Fault(
        "a_group_of_a_similar_name_makes_super_admins",
        _CRM + "http/identity.py",
        "SUPER_ADMIN in granted",
        "any(SUPER_ADMIN in one for one in granted)",
        ("tests/unit/http/test_identity.py::test_access_tokens",),
    ),
    Fault(
        "who_was_removed_still_enters",
        _CRM + "tenancy/members/schemas.py",
        "return self.is_active and not self.is_removed",
        "return self.is_active",
        ("tests/functions/tenancy/test_members.py::test_removing",),
    ),
    Fault(
        "a_record_is_given_to_somebody_who_left",
        _CRM + "tenancy/members/service.py",
        '(Path("is_active") == True) & (Path("is_removed") == False),  # noqa: E712',
        'Path("is_active") == True,  # noqa: E712',
        (
            "tests/functions/records/test_record_routes.py::test_nobody_who_has_left_becomes_its_owner",
        ),
        was_missed=True,
    ),
    Fault(
        "the_last_admin_leaves",
        _CRM + "tenancy/members/service.py",
        'size("admins") > 1',
        'size("admins") > 0',
        (
            "tests/functions/tenancy/test_members.py::test_who_has_no_name_in_the_user_pool_can_be_changed",
        ),
    ),
    Fault(
        "a_dissolved_team_keeps_its_members",
        _CRM + "tenancy/teams/service.py",
        "    members.move(transaction, members.moves(caller, old.id, old.users, []))\n",
        "",
        ("tests/functions/tenancy/test_teams.py::test_deleting",),
    ),
    Fault(
        "a_relationship_names_a_hidden_entity",
        _CRM + "sales/entities/relationships.py",
        "name = other.name if permissions.may_see(caller, other) else None",
        "name = other.name",
        (
            "tests/functions/sales/test_entities_relationships.py::test_the_name_of_the_other_end_is_for_those_who_may_see_it",
        ),
    ),
    Fault(
        "notifications_of_others_are_read",
        _CRM + "tenancy/notifications/service.py",
        "if found is None or found.user_id != caller.user_id:",
        "if found is None:",
        ("tests/functions/tenancy/test_notifications.py::test_nobody_elses",),
    ),
)

SALES = (
    Fault(
        "half_a_cent_is_rounded_up",
        _CRM + "platform/money.py",
        "number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, _EXACT)",
        'number.quantize(Decimal(1).scaleb(-places), "ROUND_HALF_UP", _EXACT)',
        ("tests/unit/platform/test_money.py::test_weighted_is_rounded_half_to_even",),
    ),
    Fault(
        "a_stage_that_nobody_may_enter_is_open_to_all",
        _CRM + "sales/deals/stages.py",
        "if new.allowed_from is not None and old.id not in new.allowed_from:",
        "if new.allowed_from and old.id not in new.allowed_from:",
        ("tests/unit/sales/test_deals_stages.py::test_the_rule",),
    ),
    Fault(
        "a_reopened_deal_stays_closed",
        _CRM + "sales/deals/stages.py",
        '"closed_on": closed_on if status != "open" else None,',
        '"closed_on": closed_on,',
        ("tests/unit/sales/test_deals_stages.py::test_what_a_stage_makes_of_a_deal",),
    ),
    Fault(
        "a_won_deal_is_lost_without_being_reopened",
        _CRM + "sales/deals/stages.py",
        'if old.status != "open" and new.status != "open":',
        'if old.status == new.status != "open":',
        ("tests/unit/sales/test_deals_stages.py::test_the_rule",),
    ),
    Fault(
        "a_stay_is_counted_from_the_last_change",
        _CRM + "sales/deals/transitions.py",
        "clock.seconds_between(old.stage_entered_on, new.stage_entered_on)",
        "clock.seconds_between(old.updated_on, new.stage_entered_on)",
        ("tests/functions/sales/test_deals_transitions.py::test_how_long_it_stayed",),
        was_missed=True,
    ),
    Fault(
        "the_note_of_a_move_is_written_before_it",
        _CRM + "sales/deals/transitions.py",
        "    activities.note(transaction, caller, Deal.KIND, new.id, subject, note)\n",
        "    noted = Transaction()\n"
        "    activities.note(noted, caller, Deal.KIND, new.id, subject, note)\n"
        "    noted.commit()\n",
        (
            "tests/functions/sales/test_deals_transitions.py::test_a_move_that_the_commit_refuses_leaves_nothing",
        ),
        was_missed=True,
    ),
    Fault(
        "a_deal_enters_a_stage_that_changes",
        _CRM + "sales/pipelines/service.py",
        '    transaction.check(pipeline.key, Path("version") == pipeline.version)\n',
        "",
        (
            "tests/functions/sales/test_pipelines.py::TestInUse::test_a_deal_that_comes_meanwhile_has_to_look_again",
        ),
    ),
    Fault(
        "a_lead_without_a_deal_is_converted_twice",
        _CRM + "sales/leads/conversion.py",
        "    if old.converted_on is not None:\n        with suppress",
        "    if old.deal_id is not None:\n        with suppress",
        ("tests/functions/sales/test_leads_conversion.py::TestWhatIsRefused::test_a_second_time",),
        was_missed=True,
    ),
    Fault(
        "a_conversion_that_is_cut_off_is_not_completed",
        _CRM + "sales/leads/conversion.py",
        "    transaction.put(_moving(new), {})\n",
        "",
        (
            "tests/functions/sales/test_leads_conversion.py::TestWhatComesAlong::test_cut_off_after_any_step",
        ),
    ),
)

ENTITIES = (
    Fault(
        "two_parts_are_primary",
        _CRM + "sales/entities/parts.py",
        '{"part_id": new.id}, Path("part_id") == held["part_id"])',
        '{"part_id": new.id})',
        (
            "tests/functions/sales/test_entities_parts.py::TestPrimary::test_of_two_that_take_over_at_the_same_time_one_looks_again",
        ),
        was_missed=True,
    ),
    Fault(
        "a_greek_vat_number_is_another_one",
        _CRM + "sales/entities/normalization.py",
        "_vat_country(prefix[0]) == country",
        "prefix[0] == country",
        ("tests/unit/sales/test_entities_normalization.py::test_identifiers",),
    ),
    Fault(
        "a_merge_leaves_the_cases",
        _CRM + "sales/entities/merge.py",
        "for kind in map(OWNED_KINDS.__getitem__, REFERRING_TYPES)",
        "for kind in map(OWNED_KINDS.__getitem__, REFERRING_TYPES[:1])",
        ("tests/functions/sales/test_cases.py::TestItsEntity::test_a_merge_moves_them",),
    ),
    Fault(
        "an_entity_that_is_merged_away_stays_open",
        _CRM + "sales/entities/merge.py",
        "    if other.merging_into is None:\n        other = _closed(caller, into, other)\n",
        "",
        (
            "tests/functions/sales/test_entities_merge.py::TestMerge::test_nothing_is_added_to_one_that_is_going",
        ),
    ),
    Fault(
        "a_relationship_ends_at_one_end",
        _CRM + "sales/entities/relationships.py",
        "for copy in (old, old.other_copy()):",
        "for copy in (old,):",
        (
            "tests/functions/sales/test_entities_relationships.py::test_the_same_pair_and_type_twice",
        ),
    ),
)

CUSTOM_FIELDS = (
    Fault(
        "a_blank_answers_a_required_field",
        _CRM + "records/custom_fields/definitions.py",
        "if definition.is_required and is_blank(value):",
        "if definition.is_required and value is None:",
        (
            "tests/unit/records/test_custom_fields_definitions.py::TestRequiredAndDefault::test_matrix",
        ),
    ),
    Fault(
        "one_value_keeps_the_other_defaults_away",
        _CRM + "records/custom_fields/definitions.py",
        "return self._written({**defaults, **(values or {})}, stored)",
        "return self._written(values or defaults, stored)",
        (
            "tests/unit/records/test_custom_fields_definitions.py::TestAnyValue::test_is_refused_or_comes_back_equal",
        ),
    ),
    Fault(
        "true_is_a_number",
        _CRM + "platform/fields.py",
        "elif isinstance(value, int | Decimal) and not isinstance(value, bool):",
        "elif isinstance(value, int | Decimal):",
        ("tests/unit/records/test_custom_fields_values.py::test_refused_values",),
    ),
)

WORKFLOWS = (
    Fault(
        "at_least_means_more",
        _CRM + "workflows/rules/operators.py",
        "lambda one, other: one >= other",
        "lambda one, other: one > other",
        ("tests/unit/workflows/test_workflows_conditions.py::test_neither_less_nor_greater",),
    ),
    Fault(
        "nothing_is_not_another_value",
        _CRM + "workflows/rules/operators.py",
        '"not_equals": Operator(_not(_now(_equals))),',
        '"not_equals": Operator(_now(lambda one, to: one is not None and not _equals(one, to))),',
        ("tests/unit/workflows/test_workflows_conditions.py::test_unlike",),
    ),
    Fault(
        "two_rules_set_each_other_off",
        _CRM + "workflows/engine/runs.py",
        '"loop" if rule.id in rules else',
        '"loop" if rule.id in rules[-1:] else',
        (
            "tests/functions/workflows/test_automation.py::TestCascades::test_a_cycle_stops_by_itself",
        ),
    ),
    Fault(
        "a_cascade_ends_a_rule_too_early",
        _CRM + "workflows/engine/runs.py",
        '"depth" if depth > MAX_DEPTH else',
        '"depth" if depth >= MAX_DEPTH else',
        ("tests/functions/workflows/test_automation.py::TestCascades::test_no_deeper_than_five",),
    ),
    Fault(
        "a_step_is_committed_before_its_effect",
        _CRM + "workflows/engine/runs.py",
        "            executions.write(transaction, new, execution)\n            with locks",
        "            _written(new, execution)\n            with locks",
        ("tests/functions/workflows/test_automation.py::TestOnce::test_killed_after_any_commit",),
    ),
    Fault(
        "a_rule_that_was_switched_off_wakes",
        _CRM + "workflows/engine/runs.py",
        "if rule is None or not rule.is_active:",
        "if rule is None:",
        ("tests/functions/workflows/test_automation.py::TestDelays::test_it_is_not_done_any_more",),
    ),
)

WEBHOOKS = (
    Fault(
        "a_webhook_reaches_into_a_carriers_network",
        _CRM + "webhooks/addresses.py",
        '        "100.64.0.0/10",  # carrier-grade NAT\n',
        "",
        (
            "tests/unit/webhooks/test_webhooks_addresses.py::test_no_spelling_of_the_corpus_is_registered",
        ),
    ),
    Fault(
        "one_public_address_vouches_for_the_others",
        _CRM + "webhooks/sender.py",
        "if not all(may_be_called(one, allow_loopback=allow_loopback) for one in addresses):",
        "if not any(may_be_called(one, allow_loopback=allow_loopback) for one in addresses):",
        (
            "tests/unit/webhooks/test_webhooks_sender.py::test_every_address_of_a_host_must_be_public",
        ),
    ),
    Fault(
        "a_signature_leaves_out_the_time",
        _CRM + "webhooks/signatures.py",
        'signed = f"{message_id}.{timestamp}.".encode() + body',
        'signed = f"{message_id}.".encode() + body',
        ("tests/unit/webhooks/test_webhooks_signatures.py::test_the_published_example",),
    ),
)

STREAM = (
    Fault(
        "what_follows_a_parked_record_is_lost",
        _CRM + "platform/stream/runner.py",
        "for one in group[number:]:",
        "for one in group[number : number + 1]:",
        (
            "tests/unit/platform/test_runner.py::test_the_first_failure_of_a_key_stops_that_key_alone",
        ),
    ),
    Fault(
        "an_overload_parks_records",
        _CRM + "platform/stream/runner.py",
        "            if is_overload(error):\n                raise UnavailableError from error\n",
        "",
        (
            "tests/unit/platform/test_runner.py::test_an_overload_of_what_is_called_repeats_the_batch",
        ),
        was_missed=True,
    ),
    Fault(
        "a_fact_is_counted_with_each_delivery",
        _CRM + "sales/reports/aggregates/counters.py",
        '        Path("pk").does_not_exist(),\n        refusal,',
        "        None,\n        refusal,",
        ("tests/functions/sales/test_aggregates.py::test_a_stay_of_an_archive_counts_once",),
        was_missed=True,
    ),
    Fault(
        "a_late_delivery_brings_back_an_old_version",
        _CRM + "sales/reports/aggregates/counters.py",
        "if is_known or remembered.is_newer(step.version):",
        "if is_known:",
        ("tests/functions/sales/test_aggregates.py::test_sums_are_what_a_recount_would_find",),
    ),
    Fault(
        "history_does_not_tell_of_what_was_cleared",
        _CRM + "records/history/service.py",
        "for name in sorted(before.keys() | after.keys())",
        "for name in sorted(after.keys())",
        ("tests/unit/records/test_history_rows.py::test_custom_fields_change_one_by_one",),
    ),
    Fault(
        "a_search_minds_accents",
        _CRM + "records/search/text.py",
        '"".join(letter for letter in decomposed if not unicodedata.combining(letter))',
        '"".join(decomposed)',
        ("tests/unit/records/test_search_text.py::test_folding",),
    ),
    Fault(
        "a_late_delivery_brings_back_an_old_title",
        _CRM + "records/search/index.py",
        '    if known is not None and known["version"] > version:\n        return\n',
        "",
        (
            "tests/functions/projections/test_projections.py::test_an_older_title_does_not_come_back",
        ),
    ),
    Fault(
        "what_hung_on_a_deleted_record_stays_when_cut_off",
        _CRM + "projections/handlers.py",
        "        **dict.fromkeys(OWNED_KINDS, _delete_dependents),\n",
        "",
        (
            "tests/functions/projections/test_projections.py::test_what_a_request_left_of_a_deleted_record_goes",
        ),
        was_missed=True,
    ),
)

FILES = (
    Fault(
        "an_upload_of_another_size_is_shown",
        _CRM + "related/documents/upload_events.py",
        "if found.size != upload.size:",
        "if found.size > upload.size:",
        ("tests/functions/related/test_uploads.py::test_another_file_is_rejected",),
    ),
    Fault(
        "an_upload_of_another_checksum_is_shown",
        _CRM + "related/documents/upload_events.py",
        "if upload.sha256 not in {None, sha256}:",
        "if upload.sha256 is not None and not sha256:",
        ("tests/functions/related/test_uploads.py::test_another_file_is_rejected",),
    ),
    Fault(
        "a_file_is_shown_in_the_browser",
        _CRM + "platform/s3/bucket.py",
        'f"attachment; filename=',
        'f"inline; filename=',
        (
            "tests/functions/related/test_document_files.py::test_the_link_is_short_lived_and_an_attachment",
        ),
    ),
    Fault(
        "a_link_to_a_file_is_good_for_a_day",
        _CRM + "platform/s3/bucket.py",
        "LINK_SECONDS = 300",
        "LINK_SECONDS = 86_400",
        (
            "tests/functions/related/test_document_files.py::test_the_link_is_short_lived_and_an_attachment",
        ),
    ),
    Fault(
        "a_row_is_imported_again_after_a_crash",
        _CRM + "administration/imports/rows.py",
        '        transaction.put(marker, done, Path("pk").does_not_exist(), table=SYSTEM)\n',
        "",
        ("tests/functions/administration/test_imports.py::test_killed_after_each_commit",),
    ),
    Fault(
        "a_job_that_was_cancelled_goes_on",
        _CRM + "jobs/service.py",
        '(Path("step") == old.step) & (Path("status") == old.status)',
        'Path("step") == old.step',
        ("tests/functions/administration/test_imports.py::test_cancelling",),
    ),
    Fault(
        "a_title_runs_as_a_formula",
        _CRM + "administration/exports/lines.py",
        "writer.line([writer.escape_formula(text) for text in texts])",
        "writer.line(texts)",
        ("tests/functions/administration/test_exports_files.py::test_a_table_of_documents",),
    ),
    Fault(
        "an_archive_brings_a_record_of_the_future",
        _CRM + "records/archive/lines.py",
        "if moment is None or moment > clock.now() + CLOCKS_APART:",
        "if moment is None:",
        (
            "tests/unit/administration/test_archive_lines.py::test_an_id_is_not_of_the_future_as_far_as_clocks_agree",
        ),
        was_missed=True,
    ),
    Fault(
        "an_archive_holds_the_secrets_of_webhooks",
        _CRM + "administration/archive/rows.py",
        '_all(WebhookEndpoint, "secret")',
        "_all(WebhookEndpoint)",
        ("tests/functions/administration/test_archive.py::test_a_second_dump_equals_the_first",),
    ),
)

OPERATION = (
    Fault(
        "the_log_holds_what_was_typed_into_a_path",
        _CRM + "http/app.py",
        "route=route.path if route else None,",
        "route=route.path if route else request.path,",
        ("tests/functions/test_logs.py::test_a_path_of_no_route_is_not_told",),
        was_missed=True,
    ),
    Fault(
        "the_log_holds_the_message_of_a_foreign_exception",
        _CRM + "platform/logging.py",
        "raise FunctionFailedError(type(error).__name__) from None",
        "raise FunctionFailedError(str(error)) from None",
        ("tests/functions/test_logs.py::test_what_the_runtime_logs_of_a_failure_is_its_name",),
    ),
    Fault(
        "a_function_writes_all_logs",
        "template.yaml",
        "Resource: !GetAtt MeLogGroup.Arn}\n",
        'Resource: "*"}\n',
        ("tests/contract/test_policies.py::test_no_policy_allows_more_than_it_names",),
    ),
    Fault(
        "deep_nesting_is_an_error_of_ours",
        _CRM + "platform/json.py",
        "except (ValueError, ArithmeticError, RecursionError) as error:",
        "except (ValueError, ArithmeticError) as error:",
        ("tests/unit/platform/test_json.py::test_what_is_not_json",),
    ),
    Fault(
        "the_first_year_is_an_error_of_ours",
        _CRM + "records/custom_fields/values.py",
        "except (ValueError, OverflowError):",
        "except ValueError:",
        ("tests/unit/records/test_custom_fields_values.py::test_refused_values",),
    ),
)

FAULTS = (
    *STORE,
    *LISTS,
    *IDEMPOTENCY,
    *PERMISSIONS,
    *SALES,
    *ENTITIES,
    *CUSTOM_FIELDS,
    *WORKFLOWS,
    *WEBHOOKS,
    *STREAM,
    *FILES,
    *OPERATION,
)
