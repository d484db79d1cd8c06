// main.tsx - where the page begins.
import { render } from 'preact';
import { connect } from './live.js';
import { shadeNow, wear } from './shell/shade.js';
import { Shell } from './shell/shell.js';

wear(shadeNow());
connect();
render(<Shell />, document.body);
