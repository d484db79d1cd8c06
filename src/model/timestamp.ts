// timestamp.ts - times as the API writes them: RFC 3339 in UTC, whole seconds.

export const timestamp = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, 'Z');
