#!/usr/bin/env bash
# A label volume that nibabel reads and saves again under its own header has other labels when it is read as integers.
#
# nibabel 5.4.2, numpy 2.4.6; 2026-11-30.
# One would guess: labels 0 to 4 in a header of type uint8 are stored as 0 to 4.
# What happens: get_fdata gives float64, and for such an array nibabel spreads the values over all 256 of uint8 and stores
# slope and intercept. Read again they are 0, 1.0039, 1.9922, 2.9961 and 4.0000, so that astype(int) makes class 2 to
# class 1 and class 3 to class 2. Tools that ignore slope and intercept see 0, 64, 127, 191 and 255.
# Who is hurt: whoever corrects or resamples the labels of CT and MR volumes in this way: classes merge, and nothing is said.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q numpy==2.4.6 nibabel==5.4.2
cd "$folder"
env/bin/python - <<'PYTHON'
import nibabel as nib
import numpy as np

found = {}
for classes in (2, 3, 4, 5, 10):
    labels = np.arange(classes, dtype=np.uint8).repeat(4).reshape(classes, 2, 2)
    nib.save(nib.Nifti1Image(labels, np.eye(4)), 'labels.nii.gz')
    first = nib.load('labels.nii.gz')
    assert (first.get_fdata() == labels).all()
    nib.save(nib.Nifti1Image(first.get_fdata(), first.affine, first.header), 'again.nii.gz')
    again = nib.load('again.nii.gz')
    read = again.get_fdata().astype(int)[:, 0, 0].tolist()
    stored = again.dataobj.get_unscaled()[:, 0, 0].tolist()
    found[classes] = sum(a != b for a, b in zip(read, range(classes)))
    floats = again.get_fdata()[:, 0, 0].round(4).tolist()
    print(f'{classes} classes: stored {stored}, read {floats}, as integers {read}')
    assert (np.rint(again.get_fdata()) == labels).all()  # rounding is right
print('classes that change:', found)
assert found == {2: 0, 3: 1, 4: 0, 5: 2, 10: 3}, found
PYTHON
