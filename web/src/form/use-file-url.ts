/** The address of a file stored on the phone, given back when it is no longer shown. */
import { onBeforeUnmount, ref, watch, type Ref } from "vue";

import { useHost } from "./context";

/** Returns the address of the file of a name; `null` while there is none. */
export function useFileUrl(name: () => string): Ref<string | null> {
  const host = useHost();
  const url = ref<string | null>(null);

  function release(): void {
    if (url.value) URL.revokeObjectURL(url.value);
    url.value = null;
  }

  watch(
    name,
    async (wanted) => {
      const fresh = await host.fileUrl(wanted);
      release();
      if (wanted === name()) url.value = fresh;
      else if (fresh) URL.revokeObjectURL(fresh);
    },
    { immediate: true },
  );
  onBeforeUnmount(release);
  return url;
}
