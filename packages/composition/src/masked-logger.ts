import { type Logger } from '@gamekeeper/core';
import { engineTokens, type Binding, type HostModule } from '@gamekeeper/core/ports';
import { givenLogger, redactingLogger } from '@gamekeeper/core/engine';

/** Returns the modules with a logger that masks secrets, for everything that resolves a logger. */
export function withMaskedLogger(modules: readonly HostModule[]): readonly HostModule[] {
  return modules.map((module) => ({
    ...module,
    bindings: module.bindings.map((binding) =>
      binding.token.symbol === engineTokens.logger.symbol ? maskedBinding(binding) : binding,
    ),
  }));
}

function maskedBinding(binding: Binding): Binding {
  return {
    ...binding,
    create: (...dependencies) =>
      redactingLogger(givenLogger('logger', binding.create(...dependencies) as Logger)),
  };
}
