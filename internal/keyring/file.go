package keyring

import (
	"errors"
	"os"
	"path/filepath"
)

// WriteNewFile writes a secret to a file that does not exist yet, readable by its owner only. The file and its
// directory entry have reached the disk when it returns; when it fails there is no file. An existing file is
// fs.ErrExist and stays as it is.
func WriteNewFile(path, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = syncDirectory(filepath.Dir(path))
	}
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// syncDirectory makes a new directory entry survive a power failure.
func syncDirectory(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}
