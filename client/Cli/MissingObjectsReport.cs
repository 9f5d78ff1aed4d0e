using System.Globalization;
using System.Text;
using Monorepo.Blobs;
using Monorepo.Cli.Output;
using Monorepo.Core;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Remote;

namespace Monorepo.Cli;

/// <summary>Says of objects that a command needs and can't have which they are, where they stand, and how to get them.</summary>
internal static class MissingObjectsReport
{
    private const int ShownMax = 20;
    private const int HintPathsMax = 3;

    /// <summary>The failure with what there is to say of it.</summary>
    public static CommandException Explain(CommandContext context, ObjectsMissingException e)
    {
        CommandException plain = ErrorReport.OfMissing(e);
        ObjectId[] shown = [.. e.Ids.Take(ShownMax)];
        IReadOnlyDictionary<ObjectId, ObjectPlace> places = FindPlaces(context, shown);
        StringBuilder text = new(plain.Message);
        foreach (ObjectId id in shown)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n  {id}{(places.TryGetValue(id, out ObjectPlace place) ? " " + Describe(context, place) : "")}");
        }

        if (e.Ids.Count > shown.Length)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n  and {e.Ids.Count - shown.Length:N0} more");
        }

        // Who answered that it has them not will not have them later.
        bool mayCome = e.InnerException is BlobTransportException or RemoteException { IsTransient: true };
        return new CommandException(plain.Code, text.ToString(), mayCome ? HintOf(context, places) : plain.Hint, e);
    }

    private static IReadOnlyDictionary<ObjectId, ObjectPlace> FindPlaces(CommandContext context, ObjectId[] ids)
    {
        try
        {
            return ObjectPlaces.Find(ids, context.Objects, context.Clone.Paths.Dirstate, context.Clone.History);
        }
        catch (Exception e) when (e is IOException or MalformedObjectException)
        {
            return new Dictionary<ObjectId, ObjectPlace>();
        }
    }

    private static string Describe(CommandContext context, ObjectPlace place)
    {
        string path = (place.IsWhole ? "" : "…/") + PathQuoting.Quote(place.Path);
        return place.Commit is not { } commit ? path
            : place.Path.Length == 0 ? $"the top directory of {context.Clone.History.Abbreviate(commit)}"
            : $"{path} of {context.Clone.History.Abbreviate(commit)}";
    }

    private static string HintOf(CommandContext context, IReadOnlyDictionary<ObjectId, ObjectPlace> places)
    {
        string[] revisions = [.. places.Values.Where(static p => p.IsWhole).Select(p => p.Commit is { } commit && commit != context.Clone.Head.Commit ? context.Clone.History.Abbreviate(commit) : "HEAD").Distinct(StringComparer.Ordinal)];
        string[] paths = [.. places.Values.Where(static p => p.IsWhole).Select(static p => Encoding.UTF8.GetString(p.Path)).Distinct(StringComparer.Ordinal)];
        string what = (revisions is [var revision] ? revision : "REV") + (paths.Length is > 0 and <= HintPathsMax
            ? paths.Contains("", StringComparer.Ordinal) ? "" : " " + ShellWords.Join(paths)
            : " PATH…");
        return $"What is here works without the server. When it answers, 'mr prefetch {what}' fetches them; 'mr offline add {what}' keeps them here for the next time.";
    }
}
