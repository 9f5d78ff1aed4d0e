using System.Text.Json;
using Monorepo.Workspace.Sparse;

namespace Monorepo.Cli.Commands.Sparse;

/// <summary>Sparse rules for programs: <c>"profiles": [PATH…]</c> and <c>"rules": [{"include": PATTERN}, {"exclude": PATTERN}…]</c>.</summary>
internal static class SparseJson
{
    public static void WriteSettings(Utf8JsonWriter json, SparseSettings settings)
    {
        json.WriteBoolean("sparse", !settings.IsNone);
        WritePaths(json, "profiles", settings.Profiles);
        WriteRules(json, settings.Rules);
    }

    public static void WriteRules(Utf8JsonWriter json, IEnumerable<SparseRule> rules)
    {
        json.WriteStartArray("rules");
        foreach (SparseRule rule in rules)
        {
            json.WriteStartObject();
            json.WriteString(rule.IsInclude ? "include" : "exclude", rule.Pattern.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void WritePaths(Utf8JsonWriter json, string name, IEnumerable<string> paths)
    {
        json.WriteStartArray(name);
        foreach (string path in paths)
        {
            json.WriteStringValue(path);
        }

        json.WriteEndArray();
    }
}
