using System.Text.Json;
using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Operations;

namespace Monorepo.Cli.Output.Operations;

/// <summary>
/// An operation as one JSON object on a line: <c>number</c>, <c>timeMs</c>, <c>command</c>, <c>undone</c>, <c>published</c>, <c>interrupted</c>, <c>movesFiles</c>, <c>losesContent</c>,
/// <c>undoes</c> or <c>redoes</c> (a number), <c>head</c> and <c>tree</c> (<c>before</c>, <c>after</c>) where they changed, <c>refs</c> (<c>name</c>, <c>before</c>, <c>after</c>), <c>files</c> of
/// <c>.mr/</c> that changed, <c>discarded</c> and <c>putBack</c> (ids of kept files).
/// </summary>
internal static class OperationJson
{
    public static void Write(OutputStream output, Operation operation, bool isUndone)
    {
        output.JsonObject(json =>
        {
            json.WriteNumber("number", operation.Number);
            json.WriteNumber("timeMs", operation.TimeMs);
            json.WriteString("command", operation.Command);
            json.WriteBoolean("undone", isUndone);
            json.WriteBoolean("published", operation.Has(OperationTraits.Published));
            json.WriteBoolean("interrupted", operation.Has(OperationTraits.Interrupted));
            json.WriteBoolean("elsewhere", operation.Has(OperationTraits.Elsewhere));
            json.WriteBoolean("movesFiles", operation.Has(OperationTraits.MovesFiles));
            json.WriteBoolean("losesContent", operation.Has(OperationTraits.LosesContent));
            if (operation.Relation != OperationRelation.None)
            {
                json.WriteNumber(operation.Relation == OperationRelation.Undo ? "undoes" : "redoes", operation.Target);
            }

            Write(json, operation.Change);
            WriteIds(json, "discarded", operation.Discarded);
            WriteIds(json, "putBack", operation.PutBack);
        });
    }

    private static void Write(Utf8JsonWriter json, StateChange change)
    {
        if (change.Head is { } head)
        {
            json.WriteStartObject("head");
            Write(json, "before", head.Old);
            Write(json, "after", head.New);
            json.WriteEndObject();
        }

        if (change.Tree is { } tree)
        {
            json.WriteStartObject("tree");
            json.WriteString("before", tree.Old?.ToString());
            json.WriteString("after", tree.New?.ToString());
            json.WriteEndObject();
        }

        RefMovesJson.Write(json, change.Refs, "before", "after");
        json.WriteStartArray("files");
        foreach (StateFileChange file in change.Files)
        {
            json.WriteStringValue(file.Name);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, HeadState head)
    {
        json.WriteStartObject(name);
        json.WriteString("branch", head.Branch?.Short);
        json.WriteString("commit", head.Commit?.ToString());
        json.WriteEndObject();
    }

    private static void WriteIds(Utf8JsonWriter json, string name, IReadOnlyList<ObjectId> ids)
    {
        json.WriteStartArray(name);
        foreach (ObjectId id in ids)
        {
            json.WriteStringValue(id.ToString());
        }

        json.WriteEndArray();
    }
}
