{{- define "calculated" -}}
{{ mergeOverwrite (tpl .Values.app.config . | fromYaml) .Values.app.structuredConfig | toYaml }}
{{- end -}}
