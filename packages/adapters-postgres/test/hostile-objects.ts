/**
 * Functions and operators in `public` that fail when they are called: of the names of PostgreSQL's own, with the same types
 * of arguments and with such that fit a call better. Whoever may create objects in a schema of a `search_path` can place them.
 */
export const hostileObjects: readonly string[] = [
  `create function public.hostile(variadic text[]) returns boolean language plpgsql as
    $$ begin raise exception 'a hostile function was called'; end $$`,
  // Every function of the catalogue by its own arguments, as far as a function can be written with them.
  `do $do$
    declare
      twin record;
    begin
      for twin in
        select oid, proname, pg_catalog.pg_get_function_identity_arguments(oid) as arguments,
          pg_catalog.format_type(prorettype, null) as result, proretset
        from pg_catalog.pg_proc
        where pronamespace = 'pg_catalog'::regnamespace and prokind = 'f'
          and prorettype not in (2281, 2279, 2280, 3838, 325, 269, 32)
          and proname = any ('{
            set_config, current_setting, hashtext, pg_advisory_xact_lock, pg_advisory_xact_lock_shared, to_json, to_jsonb,
            split_part, random, ceil, floor, pg_relation_size, generate_series, unnest, make_interval, quote_ident,
            to_regclass, to_regnamespace, pg_try_advisory_xact_lock, pg_backend_pid, current_database, clock_timestamp,
            date_trunc, json_build_object, jsonb_build_object, jsonb_build_array, array_positions, array_replace, array_cat
          }'::name[])
      loop
        begin
          execute pg_catalog.format(
            'create function public.%I(%s) returns %s %s language plpgsql as $f$ begin raise exception ''hostile''; end $f$',
            twin.proname, twin.arguments, case when twin.proretset then 'setof' else '' end, twin.result
          );
        exception when others then null;
        end;
      end loop;
    end $do$`,
  // Arguments that fit our calls better than the catalogue's own.
  ...[
    'to_json(bigint)',
    'to_json(date)',
    'jsonb_build_object(text, text)',
    'jsonb_build_object(text, text, text, text)',
    'jsonb_build_object(text, text, text, integer)',
    'jsonb_build_array(text, text, text)',
    'json_build_object(text, bigint, text, text, text, text)',
    'unnest(text[])',
    'unnest(timestamptz[])',
    'make_interval(double precision)',
    'pg_relation_size(oid)',
    'count()',
    'json_agg(json)',
    'jsonb_agg(text)',
    'max(text)',
    'max(bigint)',
    'max(timestamptz)',
    'min(timestamptz)',
    'row_number()',
    'array_agg(text)',
    'array_agg(integer)',
    'array_agg(bigint)',
    'array_positions(integer[], integer)',
    'array_replace(text[], text, text)',
    'array_cat(integer[], integer[])',
  ].map(
    (signature) =>
      `create or replace function public.${signature} returns text language plpgsql as
        $$ begin raise exception 'hostile'; end $$`,
  ),
];
