// Decodes objects of Argo CD strictly, by Argo CD's own types, and makes of an ApplicationSet what its controller makes.
//
//	argocd decode < FILE             every document of a known kind
//	argocd generate REPOSITORY FILE  the Applications of an ApplicationSet whose generators read files of a folder
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/argoproj/argo-cd/v3/applicationset/utils"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/apimachinery/pkg/util/yaml"
	kjson "sigs.k8s.io/json"
	sigsyaml "sigs.k8s.io/yaml"
)

// What each kind is decoded into.
var kinds = map[string]func() any{
	"AppProject":     func() any { return &v1alpha1.AppProject{} },
	"Application":    func() any { return &v1alpha1.Application{} },
	"ApplicationSet": func() any { return &v1alpha1.ApplicationSet{} },
}

func main() {
	err := errors.New("usage: argocd decode | argocd generate REPOSITORY FILE")
	switch {
	case len(os.Args) == 2 && os.Args[1] == "decode":
		var count int
		if count, err = decode(os.Stdin); err == nil {
			fmt.Println(count)
		}
	case len(os.Args) == 4 && os.Args[1] == "generate":
		err = generate(os.Args[2], os.Args[3])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Decodes every document of a stream whose kind is known, and returns how many there were.
func decode(stream io.Reader) (int, error) {
	reader := yaml.NewYAMLReader(bufio.NewReader(stream))
	count := 0
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return count, nil
		}
		if err != nil {
			return count, err
		}
		if len(bytes.TrimSpace(document)) == 0 {
			continue
		}
		data, err := sigsyaml.YAMLToJSONStrict(document)
		if err != nil {
			return count, err
		}
		var kind struct{ APIVersion, Kind string }
		if err := sigsyaml.Unmarshal(data, &kind); err != nil {
			return count, err
		}
		known, is := kinds[kind.Kind]
		if !is || kind.APIVersion != "argoproj.io/v1alpha1" {
			continue
		}
		if err := strictly(data, known()); err != nil {
			return count, fmt.Errorf("%s: %w", kind.Kind, err)
		}
		count++
	}
}

func strictly(data []byte, into any) error {
	wrong, err := kjson.UnmarshalStrict(data, into)
	return errors.Join(append(wrong, err)...)
}

// Prints the Applications that an ApplicationSet makes, as JSON, one a line.
func generate(repository, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	data, err := sigsyaml.YAMLToJSONStrict(text)
	if err != nil {
		return err
	}
	var set v1alpha1.ApplicationSet
	if err := strictly(data, &set); err != nil {
		return err
	}
	for _, generator := range set.Spec.Generators {
		if generator.Git == nil {
			return errors.New("only generators that read files of Git are known here")
		}
		for _, wanted := range generator.Git.Files {
			found, err := matching(repository, wanted.Path)
			if err != nil {
				return err
			}
			for _, file := range found {
				params, err := parameters(repository, file, generator.Git.Values)
				if err != nil {
					return err
				}
				application, err := render(set, params)
				if err != nil {
					return fmt.Errorf("%s: %w", file, err)
				}
				line, err := json.Marshal(application)
				if err != nil {
					return err
				}
				fmt.Println(string(line))
			}
		}
	}
	return nil
}

// Returns the files that a pattern of Git names: there a star takes slashes too.
func matching(repository, pattern string) ([]string, error) {
	parts := strings.Split(pattern, "*")
	for at := range parts {
		parts[at] = regexp.QuoteMeta(parts[at])
	}
	wanted, err := regexp.Compile("^" + strings.Join(parts, ".*") + "$")
	if err != nil {
		return nil, err
	}
	var found []string
	err = filepath.WalkDir(repository, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err = filepath.Rel(repository, name)
		if err == nil && wanted.MatchString(filepath.ToSlash(name)) {
			found = append(found, filepath.ToSlash(name))
		}
		return err
	})
	return found, err
}

// Returns what the generator makes of one file, as Argo CD's git generator does for Go templates.
func parameters(repository, file string, values map[string]string) (map[string]any, error) {
	text, err := os.ReadFile(filepath.Join(repository, file))
	if err != nil {
		return nil, err
	}
	params := map[string]any{}
	if err := sigsyaml.Unmarshal(text, &params); err != nil {
		return nil, err
	}
	folder := path.Dir(file)
	params["path"] = map[string]any{
		"path":               folder,
		"basename":           path.Base(folder),
		"filename":           path.Base(file),
		"basenameNormalized": utils.SanitizeName(path.Base(folder)),
		"filenameNormalized": utils.SanitizeName(path.Base(file)),
		"segments":           strings.Split(folder, "/"),
	}
	params["values"] = maps.Clone(values)
	return params, nil
}

// Fills the template and its patch by Argo CD's own functions.
func render(set v1alpha1.ApplicationSet, params map[string]any) (*v1alpha1.Application, error) {
	template := set.Spec.Template
	application := &v1alpha1.Application{Spec: template.Spec}
	application.Name = template.Name
	application.Labels = template.Labels
	application.Annotations = template.Annotations
	application.Finalizers = template.Finalizers
	application.Namespace = set.Namespace
	renderer := utils.Render{}
	application, err := renderer.RenderTemplateParams(
		application, set.Spec.SyncPolicy, params, set.Spec.GoTemplate, set.Spec.GoTemplateOptions)
	if err != nil || set.Spec.TemplatePatch == nil {
		return application, err
	}
	patch, err := renderer.Replace(*set.Spec.TemplatePatch, params, set.Spec.GoTemplate, set.Spec.GoTemplateOptions)
	if err != nil {
		return nil, err
	}
	data, err := sigsyaml.YAMLToJSONStrict([]byte(patch))
	if err != nil {
		return nil, err
	}
	if err := strictly(data, &v1alpha1.Application{}); err != nil {
		return nil, err
	}
	before, err := json.Marshal(application)
	if err != nil {
		return nil, err
	}
	after, err := strategicpatch.StrategicMergePatch(before, data, v1alpha1.Application{})
	if err != nil {
		return nil, err
	}
	patched := &v1alpha1.Application{}
	if err := strictly(after, patched); err != nil {
		return nil, err
	}
	// A patch may not change the project.
	patched.Spec.Project = application.Spec.Project
	return patched, nil
}
