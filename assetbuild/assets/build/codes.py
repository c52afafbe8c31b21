"""What each diagnostic code of planning and running a build means."""

from __future__ import annotations

CODES = {
    "budget/no-compressor": "A budget counts compressed bytes of a coding that nothing here makes.",
    "build/changed-meanwhile": "A source changed while the build was reading it.",
    "build/check-failed": "A build that --check-reproducible started did not end well.",
    "build/not-reproducible": "Two builds of the same sources differ.",
    "build/time-limit": "A source took longer to compile than [assets] time-limit allows.",
    "build/too-deep": "A source is nested too deeply to be read.",
    "build/worker-ended": "A process that compiled ended before it answered: killed, most often.",
    "bundle/cycle": "Bundles contain each other.",
    "bundle/name-taken": "A bundle has the name of another output.",
    "bundle/not-joinable": "A bundle's name ends in neither .css nor .js.",
    "bundle/wrong-type": "A bundle of style sheets lists a script, or the other way round.",
    "bundle/unknown-member": "A bundle lists what is neither a source nor a bundle.",
    "config/unknown-profile": "A profile is named that is neither built in nor configured.",
    "bundle/esbuild": "The app's esbuild found an error in a bundle.",
    "bundle/esbuild-warning": "The app's esbuild warns of something in a bundle.",
    "bundle/no-esbuild": "A bundle wants the app's esbuild, and node_modules has none.",
    "config/wrong-size": "A size is not a number with a unit.",
    "language/unknown": "[language] names a language that assetbuild does not know.",
    "output/disk-full": "The disk is full; the previous build stays.",
    "output/manifest-replaced": "The manifest in the output folder was damaged and is replaced.",
    "output/unwritable": "The output folder cannot be written; the previous build stays.",
    "plan/copied-source": "A source of a language that is not built here is copied as it is.",
    "plan/no-language": "A source should become a script or a style sheet, and nothing here builds it.",
    "plan/two-sources": "Two sources of one root become one output.",
}
