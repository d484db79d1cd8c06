// view.tsx - Rules.
import { Head } from '../shell/controls.js';

export function RulesView() {
  return (
    <div class="view">
      <Head title="Rules" />
    </div>
  );
}
