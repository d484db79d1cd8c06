// mark.ts - marks the environment of every program run inside a lab, so that none is left when the lab is gone.

/** The environment variable that holds the mark. */
export const MARK_NAME = 'KUBEWIRE_LAB';

/** Unique among the labs of a machine, because process ids are not reused within a second. */
export const labMark = (lab: { readonly pid: number; readonly startTime: string }): string =>
  `${lab.pid}@${lab.startTime}`;
