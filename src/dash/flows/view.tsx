// view.tsx - Flows.
import { Head } from '../shell/controls.js';

export function FlowsView() {
  return (
    <div class="view">
      <Head title="Flows" />
    </div>
  );
}
