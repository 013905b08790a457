import { defineEntity, p } from '@mikro-orm/core';

/** A row of `rule_changes`: rules of the game, and since when they apply. */
export const RuleChangeRow = defineEntity({
  name: 'RuleChangeRow',
  tableName: 'rule_changes',
  properties: {
    name: p.text().primary(),
    since: p.datetime(3).primary(),
    rules: p.json(),
  },
});
