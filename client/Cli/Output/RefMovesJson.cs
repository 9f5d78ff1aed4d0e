using System.Text.Json;
using Monorepo.Workspace.Clones;

namespace Monorepo.Cli.Output;

/// <summary>Refs that moved, as an array <c>refs</c>: each has its <c>name</c>, where it was and where it is; null: nowhere.</summary>
internal static class RefMovesJson
{
    /// <param name="json">Within an object.</param>
    /// <param name="moves">In this order.</param>
    /// <param name="old">What the command calls where a ref was.</param>
    /// <param name="fresh">What it calls where it is.</param>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<RefMove> moves, string old, string fresh)
    {
        json.WriteStartArray("refs");
        foreach (RefMove move in moves)
        {
            json.WriteStartObject();
            json.WriteString("name", move.Name.Value);
            json.WriteString(old, move.Old?.ToString());
            json.WriteString(fresh, move.New?.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
