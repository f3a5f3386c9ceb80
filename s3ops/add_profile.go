package s3ops

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"

	"weft/config"
)

// profileShape is a name that stands in an INI file's section as it is.
var profileShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

// CheckNewProfile says whether a profile of that name can be added to the shared
// AWS files: its name is plain, and none has it.
func CheckNewProfile(name string) error {
	if !profileShape.MatchString(name) {
		return fmt.Errorf("%q is not the name of a profile: use letters, digits, dots, - and _", name)
	}
	configs, keys := sharedFiles()
	for _, file := range slices.Concat(configs, keys) {
		for _, section := range sections(file) {
			if section == name || strings.TrimSpace(strings.TrimPrefix(section, "profile ")) == name {
				return fmt.Errorf("the profile %s is there already, in %s: choose another name", name, file)
			}
		}
	}
	return nil
}

// CredentialsFile is the shared file in which AWS tools keep keys.
func CredentialsFile() string {
	_, keys := sharedFiles()
	return keys[0]
}

// AddProfile appends a profile with keys to the shared credentials file, which
// becomes its owner's alone. What is in the file stays.
func AddProfile(name string, keys config.Credentials) error {
	if err := CheckNewProfile(name); err != nil {
		return err
	}
	file := CredentialsFile()
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var out strings.Builder
	out.Write(old)
	if len(old) > 0 {
		if old[len(old)-1] != '\n' {
			out.WriteString("\n")
		}
		out.WriteString("\n")
	}
	fmt.Fprintf(&out, "[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n", name, keys.AccessKeyID, string(keys.SecretAccessKey))
	if keys.SessionToken != "" {
		fmt.Fprintf(&out, "aws_session_token = %s\n", string(keys.SessionToken))
	}
	return config.Replace(file, []byte(out.String()))
}
