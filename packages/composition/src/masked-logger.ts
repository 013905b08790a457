import { type Logger } from '@gamekeeper/core';
import { engineTokens, type Binding, type HostModule } from '@gamekeeper/core/ports';
import { redactingLogger } from '@gamekeeper/core/engine';

/** The modules with the logger that they bind kept from secrets, for everything that asks for a logger. */
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
    create: (...dependencies) => redactingLogger(binding.create(...dependencies) as Logger),
  };
}
