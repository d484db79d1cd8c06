// label.ts - `kubewire label`: set and remove labels.
import type { Command } from 'commander';
import { registerMark } from '../objects/mark.js';

export const register = (program: Command): void =>
  registerMark(program, {
    verb: 'label',
    field: 'labels',
    noun: 'label',
    about: 'Set labels of objects (KEY=VALUE) or remove them (KEY-).',
    example:
      'kubewire label svc web tier=front\nkubewire label pod/web-0 app-\nkubewire label nodes --all disk=ssd --overwrite',
    done: ({ changed, onlyRemoved }) => (changed ? (onlyRemoved ? 'unlabeled' : 'labeled') : 'not labeled'),
  });
