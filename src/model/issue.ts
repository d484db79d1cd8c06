// issue.ts - what is wrong with user data. Issues are never thrown but collected, each with its place.

/** Error types of the API server (k8s.io/apimachinery field.ErrorType). */
export type IssueType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'InternalError'
  | 'FieldValueTypeInvalid'
  | 'Syntax'
  | 'UnknownField'
  | 'DuplicateKey'
  | 'UnknownKind'
  | 'Warning';

/** A place in a text: 1-based line and column. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One finding about one object. `message` is the API server's full text: `field: Invalid value: ...`. */
export interface Issue {
  readonly type: IssueType;
  /** Field path in Kubernetes notation, e.g. `spec.ports[0].port`. */
  readonly field: string;
  readonly message: string;
  /** The part of the message after the type and value; empty for plain `Required value`. */
  readonly detail: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly place?: Place;
}
