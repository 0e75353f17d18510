import type { ConfigEvent } from '@chancery/events';
import { decided, type Decision, refuse } from '../decision.js';
import { within } from '../sets.js';
import { exceedsOperator, type Giver, type OperatorsApi } from './operators-api.js';

type Defined<Type extends ConfigEvent['type']> = Omit<Extract<ConfigEvent, { type: Type }>, 'type' | 'by'>;

/** An IAT class: who may come in with what, and what they may get (design §10). */
export type IatClass = Defined<'config.class-defined'>;

/** A protected resource and the scopes that mean something there. */
export type Resource = Defined<'config.resource-defined'>;

export interface ConfigState {
  readonly classes: Readonly<Record<string, IatClass>>;
  readonly resources: Readonly<Record<string, Resource>>;
}

export type ConfigCommand =
  | ({ type: 'define-class'; by: string } & IatClass & Giver)
  | ({
      type: 'define-resource';
      /** The form that every spelling of this resource shares. */
      canonical: string;
      by: string;
      operatorsApi: OperatorsApi;
    } & Resource);

/** The class of this name as it stands now. Names come from requests, so what every object inherits (`constructor`) is not one. */
export const classOf = ({ classes }: ConfigState, name: string): IatClass | undefined =>
  Object.hasOwn(classes, name) ? classes[name] : undefined;

/** The resource registered under exactly this identifier. */
export const resourceOf = ({ resources }: ConfigState, identifier: string): Resource | undefined =>
  Object.hasOwn(resources, identifier) ? resources[identifier] : undefined;

export type ConfigRefusal =
  | 'resource_unknown'
  | 'scope_unknown'
  | 'default_scope_exceeds'
  | 'scope_exceeds_operator'
  | 'resource_not_canonical'
  | 'admin_scope_needed';

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
    return command.type === 'define-class' ? defineClass(command, state) : defineResource(command);
  },
};

function defineClass(command: Extract<ConfigCommand, { type: 'define-class' }>, state: ConfigState): Decision<ConfigEvent, ConfigRefusal> {
  const { type: _type, operatorScope, operatorsApi, ...defined } = command;
  const resources = command.audiences.map((audience) => resourceOf(state, audience));
  if (resources.some((resource) => resource === undefined)) return refuse('resource_unknown');
  // A scope that no audience of the class knows could never be issued: a typing error, and better said now.
  const known = resources.flatMap((resource) => resource?.scope ?? []);
  if (!within(command.scope, known)) return refuse('scope_unknown');
  if (!within(command.defaultScope ?? [], command.scope)) return refuse('default_scope_exceeds');
  // A class makes agents, so its definer gives away what he holds.
  if (exceedsOperator(command, { operatorScope, operatorsApi }, state)) return refuse('scope_exceeds_operator');
  return decided({ type: 'config.class-defined', ...defined });
}

function defineResource(command: Extract<ConfigCommand, { type: 'define-resource' }>): Decision<ConfigEvent, ConfigRefusal> {
  const { type: _type, canonical, operatorsApi, ...defined } = command;
  // One spelling only: a second one would be a second resource that every request takes for the first (AUZ-06).
  if (command.resource !== canonical) return refuse('resource_not_canonical');
  // Without them no operator gets a token any more, and nobody could undo it.
  if (command.resource === operatorsApi.resource && !within(operatorsApi.scope, command.scope)) return refuse('admin_scope_needed');
  return decided({ type: 'config.resource-defined', ...defined });
}
