#!/bin/sh
# The main job of kataform on a new project: scaffold, generate, build, check; break a line, see it found, mend it.
# `make demo` sets up what it needs and runs it; it works in a temporary folder and leaves nothing behind.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

say() { printf '\n# %s\n' "$1"; }

# Print the command and run it; it must end with the exit code given first.
run() {
    printf '$ %s\n' "$2"
    code=0
    eval "$2" || code=$?
    if [ "$code" != "$1" ]; then
        echo "the demo expected exit code $1, not $code" >&2
        exit 1
    fi
}

say "A new project: a base, a first overlay, the pre-commit hooks, a CI workflow; and the tree that they generate."
run 0 'kataform init demo'
cd demo

say "The specs are all that people write. This is what the overlay comes to, and where each value is from."
run 0 'kataform show production'

say "The tree is generated already, so generating it again has nothing to do."
run 0 'kataform generate'

if kustomize=$(kataform tools path kustomize 2>/dev/null); then
    PATH="$(dirname "$kustomize"):$PATH"
    say "Every root is plain kustomize. The label is quoted in the file, and a string in what kustomize builds:"
    run 0 'kustomize build overlays/production/instance'
else
    kustomize=
    say "LEFT OUT: building with kustomize, which is not here and could not be installed."
fi

if [ -n "$kustomize" ]; then
    say "Is it right? Every root is built, every object held against its schema and the admission policies."
    run 0 'kataform check --build'
else
    say "Is it right? Every object that is generated is held against its schema and the admission policies."
    run 0 'kataform check'
fi

if kataform tools path kubeconform >/dev/null 2>&1; then
    say "A second opinion: kubeconform, with the same schemas."
    run 0 'kataform check --kubeconform'
else
    say "LEFT OUT: the second opinion of kubeconform, which is not here and could not be installed."
fi

say "Now the bug that this project began with: a document that showed the label without its quotes."
run 0 "sed \"s/kata: 'true'/kata: true/\" base/instance/kataconfig.yaml > broken && mv broken base/instance/kataconfig.yaml"

if [ -n "$kustomize" ]; then
    say "kustomize does not mind, and a pull request looks fine:"
    run 0 "kustomize build overlays/production/instance | grep 'kata: '"
fi

say "kataform finds it, at the line, before it is merged (exit code 1):"
run 1 'kataform check'

say "What the API server would have said, after the merge (quoted from Kubernetes with the KataConfig CRD installed):"
cat <<'SERVER'
  spec.kataConfigPoolSelector.matchLabels.kata: Invalid value: "boolean":
  spec.kataConfigPoolSelector.matchLabels.kata in body must be of type string: "boolean"
SERVER

say "The same bug in the spec is found there too, and nothing is generated from it:"
run 0 "cp base/kataform.yaml spec && sed \"s/kata: 'true'/kata: true/\" spec > base/kataform.yaml"
run 1 'kataform generate'

say "Both mended:"
run 0 'mv spec base/kataform.yaml'
run 0 "sed \"s/kata: true/kata: 'true'/\" base/instance/kataconfig.yaml > mended && mv mended base/instance/kataconfig.yaml"
run 0 'kataform generate --check'
run 0 'kataform check'
