// views.ts - the views of the page, in the order of their keys: each is a path that the server answers with the page.
export const VIEWS = ['map', 'path', 'flows', 'rules', 'charts', 'objects', 'scenarios', 'explain'] as const;
