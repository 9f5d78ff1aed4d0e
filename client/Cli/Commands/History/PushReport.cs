using System.Text;
using Monorepo.Cli.Output;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.Pushing;

namespace Monorepo.Cli.Commands.History;

/// <summary>What became of a push, as git prints it, and as JSON.</summary>
internal static class PushReport
{
    private const int ConflictsShownMax = 10;

    public static string ForPeople(IReadOnlyList<RefPushResult> results, string url, Func<ObjectId, string> abbreviate)
    {
        StringBuilder text = new($"To {url}");
        foreach (RefPushResult result in results)
        {
            text.Append('\n').Append(Line(result, abbreviate));
        }

        foreach (RefPushResult refused in results.Where(r => !r.IsGood))
        {
            if (refused.Message.Length > 0)
            {
                text.Append($"\nremote: {refused.Message}");
            }

            foreach (byte[] path in refused.Conflicts.Take(ConflictsShownMax))
            {
                text.Append($"\nremote:   changed on both sides: {Encoding.UTF8.GetString(path)}");
            }

            if (refused.Conflicts.Count > ConflictsShownMax)
            {
                text.Append($"\nremote:   and {refused.Conflicts.Count - ConflictsShownMax:N0} more");
            }
        }

        if (results.Any(r => !r.IsGood))
        {
            text.Append($"\nerror: failed to push some refs to '{url}'; nothing was changed there");
            foreach (string hint in results.Select(r => Hint(r.Outcome)).OfType<string>().Distinct(StringComparer.Ordinal))
            {
                text.Append($"\nhint: {hint}");
            }
        }

        return text.ToString();
    }

    public static void WriteJson(OutputStream output, IReadOnlyList<RefPushResult> results)
    {
        output.JsonObject(json =>
        {
            json.WriteBoolean("accepted", results.All(r => r.IsGood));
            json.WriteStartArray("refs");
            foreach (RefPushResult result in results)
            {
                json.WriteStartObject();
                json.WriteString("name", result.Push.Name.Value);
                json.WriteString("outcome", Word(result.Outcome));
                json.WriteString("old", result.Push.Old?.ToString());
                json.WriteString("pushed", result.Push.New?.ToString());
                json.WriteString("target", result.Target?.ToString());
                json.WriteString("message", result.Message);
                json.WriteStartArray("conflicts");
                foreach (byte[] path in result.Conflicts)
                {
                    json.WriteStringValue(Encoding.UTF8.GetString(path));
                }

                json.WriteEndArray();
                json.WriteStartArray("rebased");
                foreach ((ObjectId old, ObjectId now) in result.Rebased)
                {
                    json.WriteStartObject();
                    json.WriteString("old", old.ToString());
                    json.WriteString("new", now.ToString());
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    private static string Line(RefPushResult result, Func<ObjectId, string> abbreviate)
    {
        RefPush push = result.Push;
        string names = push.Source.Length == 0 ? push.Name.Short : $"{push.Source} -> {push.Name.Short}";
        string range = push.Old is { } old && result.Target is { } now ? $"{abbreviate(old)}..{abbreviate(now)}" : "";
        return result.Outcome switch
        {
            PushOutcome.Created when push.Name.IsTag => $" * [new tag]         {names}",
            PushOutcome.Created => $" * [new branch]      {names}",
            PushOutcome.Deleted => $" - [deleted]         {names}",
            PushOutcome.Unchanged => $" = [up to date]      {names}",
            PushOutcome.Rebased => $"   {range}  {names} (rebased by the server)",
            PushOutcome.Updated when push.Force => $" + {range}  {names} (forced)",
            PushOutcome.Updated => $"   {range}  {names}",
            PushOutcome.NonFastForward or PushOutcome.Conflict or PushOutcome.Stale or PushOutcome.NotAttempted => $" ! [rejected]        {names} ({Word(result.Outcome)})",
            _ => $" ! [remote rejected] {names} ({Word(result.Outcome)})",
        };
    }

    private static string Word(PushOutcome outcome) => outcome switch
    {
        PushOutcome.Updated => "updated",
        PushOutcome.Created => "created",
        PushOutcome.Deleted => "deleted",
        PushOutcome.Unchanged => "unchanged",
        PushOutcome.Rebased => "rebased",
        PushOutcome.NotAttempted => "not attempted",
        PushOutcome.NonFastForward => "non-fast-forward",
        PushOutcome.Conflict => "conflict",
        PushOutcome.Stale => "stale info",
        PushOutcome.Protected => "protected",
        PushOutcome.CheckFailed => "check failed",
        _ => "unknown",
    };

    private static string? Hint(PushOutcome outcome) => outcome switch
    {
        PushOutcome.NonFastForward => "Others were first. 'mr push --rebase' lets the server put your commits on top of theirs where they change other files.",
        PushOutcome.Conflict => "Others changed the same files. 'mr pull' gets their commits; put your change on top of them by hand, and push that.",
        PushOutcome.Stale => "The ref moved meanwhile: 'mr pull', look at the difference, and push again.",
        _ => null,
    };
}
