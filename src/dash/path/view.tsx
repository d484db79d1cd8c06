// view.tsx - Path.
import { Head } from '../shell/controls.js';

export function PathView() {
  return (
    <div class="view">
      <Head title="Path" />
    </div>
  );
}
