// formats.ts - the text formats of Kubernetes: DNS labels and names, label keys and values, port names and numbers.
//
// Each check returns what is wrong as sentences, in the API server's words (apimachinery api/validate/content and
// util/validation); an empty list means valid. Lengths are bytes of UTF-8, whatever the sentence calls them.

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const KEY_NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${KEY_NAME})?`;

const KEY_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const END_RULE = 'must start and end with an alphanumeric character';

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);
const labelPattern = whole(LABEL);
const subdomainPattern = whole(SUBDOMAIN);
const label1035Pattern = whole(LABEL_1035);
const keyNamePattern = whole(KEY_NAME);
const labelValuePattern = whole(LABEL_VALUE);

export const byteLength = (text: string): number => Buffer.byteLength(text, 'utf8');

function regexText(rule: string, pattern: string, ...examples: string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${rule} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

const noMoreBytes = (limit: number): string => `must be no more than ${limit} bytes`;
const noMoreCharacters = (limit: number): string => `must be no more than ${limit} characters`;

/** A key of a ConfigMap or Secret: it is the name of a file, too. */
export function configKey(text: string): string[] {
  const errors: string[] = [];
  if (text.length > 253) errors.push(noMoreCharacters(253));
  if (!/^[-._a-zA-Z0-9]+$/.test(text)) {
    const rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
    errors.push(regexText(rule, '[-._a-zA-Z0-9]+', 'key.name', 'KEY_NAME', 'key-name'));
  }
  if (text === '.' || text === '..') errors.push(`must not be '${text}'`);
  else if (text.startsWith('..')) errors.push("must not start with '..'");
  return errors;
}

/** A label of DNS as RFC 1123 has it: at most 63 bytes, may begin with a digit. */
export function dns1123Label(text: string): string[] {
  const errors: string[] = [];
  if (byteLength(text) > 63) errors.push(noMoreCharacters(63));
  if (!labelPattern.test(text)) {
    const rule = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and ${END_RULE}`;
    errors.push(subdomainPattern.test(text) ? 'must not contain dots' : regexText(rule, LABEL, 'my-name', '123-abc'));
  }
  return errors;
}

/** Labels joined by dots, at most 253 bytes. */
export function dns1123Subdomain(text: string): string[] {
  const errors: string[] = [];
  if (byteLength(text) > 253) errors.push(noMoreCharacters(253));
  if (!subdomainPattern.test(text)) {
    const rule = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and ${END_RULE}`;
    errors.push(regexText(rule, SUBDOMAIN, 'example.com'));
  }
  return errors;
}

/** A label of DNS as RFC 1035 has it: must begin with a letter. */
export function dns1035Label(text: string): string[] {
  const errors: string[] = [];
  if (byteLength(text) > 63) errors.push(noMoreCharacters(63));
  if (!label1035Pattern.test(text)) {
    const rule =
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
    errors.push(regexText(rule, LABEL_1035, 'my-name', 'abc-123'));
  }
  return errors;
}

/** `name` or `prefix/name`: keys of labels and annotations, application protocols, finalizers, classes. */
export function labelKey(text: string): string[] {
  const parts = text.split('/');
  if (parts.length > 2) {
    const rule = regexText(KEY_RULE, KEY_NAME, 'MyName', 'my.name', '123-abc');
    return [`a valid label key ${rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const errors: string[] = [];
  const prefix = parts.length === 2 ? parts[0] : undefined;
  if (prefix === '') errors.push('prefix part must be non-empty');
  else if (prefix !== undefined) {
    // The same check, but this one counts in bytes when it speaks.
    const wrong = dns1123Subdomain(prefix).map((message) => message.replace(noMoreCharacters(253), noMoreBytes(253)));
    errors.push(...wrong.map((message) => `prefix part ${message}`));
  }
  const name = parts[parts.length - 1] ?? '';
  if (name === '') errors.push('name part must be non-empty');
  else if (byteLength(name) > 63) errors.push(`name part ${noMoreBytes(63)}`);
  if (!keyNamePattern.test(name)) {
    errors.push(`name part ${regexText(KEY_RULE, KEY_NAME, 'MyName', 'my.name', '123-abc')}`);
  }
  return errors;
}

export function labelValue(text: string): string[] {
  const errors: string[] = [];
  if (byteLength(text) > 63) errors.push(noMoreBytes(63));
  if (!labelValuePattern.test(text)) {
    const rule = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and ${END_RULE}`;
    errors.push(regexText(rule, LABEL_VALUE, 'MyValue', 'my_value', '12345'));
  }
  return errors;
}

/** A share of something: `25%`. */
export function percent(text: string): string[] {
  const rule = "a valid percent string must be a numeric string followed by an ending '%'";
  return /^[0-9]+%$/.test(text) ? [] : [regexText(rule, '[0-9]+%', '1%', '93%')];
}

export function portNumber(port: number): string[] {
  return port >= 1 && port <= 65535 ? [] : ['must be between 1 and 65535, inclusive'];
}

/** The name of a port as IANA has it (RFC 6335 §5.1), lower case only. */
export function portName(text: string): string[] {
  const errors: string[] = [];
  if (byteLength(text) > 15) errors.push(noMoreCharacters(15));
  if (!/^[-a-z0-9]+$/.test(text)) {
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(text)) errors.push('must contain at least one letter (a-z)');
  if (text.includes('--')) errors.push('must not contain consecutive hyphens');
  if (text.startsWith('-') || text.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}

/** What a `generateName` is checked as: a trailing hyphen is fine because letters will follow. */
export function maskTrailingHyphen(prefix: string): string {
  return prefix.length > 1 && prefix.endsWith('-') ? `${prefix.slice(0, -2)}a` : prefix;
}
