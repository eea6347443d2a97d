{{- define "helpers.name" -}}
{{- printf "%s-%s" .ctx.Release.Name .component -}}
{{- end -}}
{{- define "helpers.workload" -}}
{{- $section := index $.ctx.Values $.component -}}
kind: Deployment
apiVersion: apps/v1
metadata:
  name: {{ include "helpers.name" (dict "ctx" $.ctx "component" $.component) }}
spec:
  replicas: {{ $section.replicas }}
  template:
    spec:
      priorityClassName: {{ include "helpers.priority" (list $.ctx $section) }}
      containers:
        - name: main
          image: {{ template "helpers.image" $section }}
{{- end -}}
{{- define "helpers.image" -}}
{{ .image.tag }}
{{- end -}}
{{- define "helpers.priority" -}}
{{- $ctx := index . 0 -}}
{{- $own := last . -}}
{{ $own.priorityClassName | default $ctx.Values.priorityClassName }}
{{- end -}}
{{- define "helpers.nobody-calls-this" -}}
{{ .Values.scheduler.replicas }}
{{- end -}}
