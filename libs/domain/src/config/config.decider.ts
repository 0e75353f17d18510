import type { ConfigEvent } from '@chancery/events';
import { decided, type Decision, refuse } from '../decision.js';
import { within } from '../sets.js';

type Defined<Type extends ConfigEvent['type']> = Omit<Extract<ConfigEvent, { type: Type }>, 'type' | 'by'>;

/** An IAT class: who may come in with what, and what they may get (design §10). */
export type IatClass = Defined<'config.class-defined'>;

/** A protected resource and the scopes that mean something there. */
export type Resource = Defined<'config.resource-defined'>;

export interface ConfigState {
  readonly classes: Readonly<Record<string, IatClass>>;
  readonly resources: Readonly<Record<string, Resource>>;
}

export type ConfigCommand = ({ type: 'define-class'; by: string } & IatClass) | ({ type: 'define-resource'; by: string } & Resource);

/** The class of this name as it stands now. Names come from requests, so what every object inherits (`constructor`) is not one. */
export const classOf = ({ classes }: ConfigState, name: string): IatClass | undefined =>
  Object.hasOwn(classes, name) ? classes[name] : undefined;

/** The resource registered under exactly this identifier. */
export const resourceOf = ({ resources }: ConfigState, identifier: string): Resource | undefined =>
  Object.hasOwn(resources, identifier) ? resources[identifier] : undefined;

export type ConfigRefusal = 'resource_unknown' | 'scope_unknown';

/** What operators set for the tenant: one stream, so that a decision rests on one revision of it. */
export const config = {
  initial: { classes: {}, resources: {} } as ConfigState,

  evolve(state: ConfigState, event: ConfigEvent): ConfigState {
    switch (event.type) {
      case 'config.class-defined': {
        const { type: _type, by: _by, ...defined } = event;
        return { ...state, classes: { ...state.classes, [event.class]: defined } };
      }
      case 'config.resource-defined': {
        const { type: _type, by: _by, ...defined } = event;
        return { ...state, resources: { ...state.resources, [event.resource]: defined } };
      }
    }
  },

  decide(command: ConfigCommand, state: ConfigState): Decision<ConfigEvent, ConfigRefusal> {
    switch (command.type) {
      case 'define-class': {
        const { type: _type, ...defined } = command;
        const resources = command.audiences.map((audience) => resourceOf(state, audience));
        if (resources.some((resource) => resource === undefined)) return refuse('resource_unknown');
        // A scope that no audience of the class knows could never be issued: a typing error, and better said now.
        if (
          !within(
            command.scope,
            resources.flatMap((resource) => resource?.scope ?? []),
          )
        )
          return refuse('scope_unknown');
        return decided({ type: 'config.class-defined', ...defined });
      }
      case 'define-resource': {
        const { type: _type, ...defined } = command;
        return decided({ type: 'config.resource-defined', ...defined });
      }
    }
  },
};
