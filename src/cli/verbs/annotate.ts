// annotate.ts - `kubewire annotate`: set and remove annotations.
import type { Command } from 'commander';
import { registerMark } from '../objects/mark.js';

export const register = (program: Command): void =>
  registerMark(program, {
    verb: 'annotate',
    field: 'annotations',
    noun: 'annotation',
    about: 'Set annotations of objects (KEY=VALUE) or remove them (KEY-).',
    example: "kubewire annotate svc web note='behind the shop'\nkubewire annotate svc web note-",
    done: () => 'annotated',
  });
