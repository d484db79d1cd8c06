// view.tsx - Charts.
import { Head } from '../shell/controls.js';

export function ChartsView() {
  return (
    <div class="view">
      <Head title="Charts" />
    </div>
  );
}
