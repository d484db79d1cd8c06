// nonce.ts - the mark by which the page's policy lets through style elements that the editor and the terminal make.

export const nonce = document.querySelector('script')?.nonce ?? '';
