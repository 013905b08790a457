import type { Migration } from './migration.ts';

/** What operators did to jobs and boards: who, when, why, and how it ended. */
export const operatorActions: Migration = {
  name: '0009-operator-actions',
  statements: [
    `create table operator_actions (
      id text collate "C" primary key,
      position bigint not null generated always as identity unique,
      action text not null,
      subject text collate "C" not null,
      who text not null,
      reason text not null,
      details jsonb not null,
      status text not null default 'begun' check (status in ('begun', 'done', 'failed')),
      result text,
      begun_at timestamptz(3) not null,
      ended_at timestamptz(3)
    )`,
    `create index operator_actions_by_subject on operator_actions (subject, position)`,
  ],
};
