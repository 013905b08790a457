import { type Logger } from '@gamekeeper/core';
import { engineTokens, type Binding, type HostModule } from '@gamekeeper/core/ports';
import { givenLogger, redactingLogger, type RunLog } from '@gamekeeper/core/engine';

/**
 * Returns the modules with a logger that masks secrets and keeps the lines about runs, for everything that resolves a
 * logger.
 */
export function withMaskedLogger(modules: readonly HostModule[], runLog: RunLog): readonly HostModule[] {
  return modules.map((module) => ({
    ...module,
    bindings: module.bindings.map((binding) =>
      binding.token.symbol === engineTokens.logger.symbol ? maskedBinding(binding, runLog) : binding,
    ),
  }));
}

function maskedBinding(binding: Binding, runLog: RunLog): Binding {
  return {
    ...binding,
    create: (...dependencies) =>
      redactingLogger(runLog.keeping(givenLogger('logger', binding.create(...dependencies) as Logger))),
  };
}
