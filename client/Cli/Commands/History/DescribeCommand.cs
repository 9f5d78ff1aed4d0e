using System.CommandLine;
using System.Globalization;
using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Shallow;

namespace Monorepo.Cli.Commands.History;

/// <summary><c>mr describe</c>: a commit's name by the tag it comes after.</summary>
public static class DescribeCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string> revision = new("REV") { Description = "What to describe.", DefaultValueFactory = _ => "HEAD" };
        Option<bool> tags = new("--tags") { Description = "By any tag, not only annotated ones." };
        Option<bool> isLong = new("--long") { Description = "TAG-N-gID also where the tag is on the commit itself." };
        Option<bool> always = new("--always") { Description = "The abbreviated id where no tag describes the commit." };
        Option<int?> abbreviation = new("--abbrev") { Description = $"Digits of the id, 4 to {ObjectId.HexSize}; 0: the tag only.", HelpName = "N" };
        Command command = new("describe", "Name a commit by the nearest tag before it: TAG-COMMITS-gID.") { revision, tags, isLong, always, abbreviation };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            int? digits = parse.GetValue(abbreviation);
            bool isLongForm = parse.GetValue(isLong);
            if (digits is not null and not (0 or (>= HexPrefix.DigitsMin and <= ObjectId.HexSize)) || (digits == 0 && isLongForm))
            {
                throw new CommandException(ExitCode.Usage, $"--abbrev takes 0 or a number from {HexPrefix.DigitsMin} to {ObjectId.HexSize}, and with --long not 0.");
            }

            CommitNode described = context.FindCommit(await context.ResolveCommitAsync(parse.GetValue(revision)!, cancellationToken));
            ILookup<int, RefEntry> named = NamedCommits(context, parse.GetValue(tags));
            string id = context.Abbreviation(digits ?? 0)(described.Id);
            bool IsAnnotated(int position) => named[position].Any(r => r.Peeled is not null);
            CommitDescription? found = Find(context.Clone.History, described, named, IsAnnotated, parse.GetValue(always));
            if (found is not { } description)
            {
                context.Output.Line(parse.GetValue(always) ? digits == 0 ? described.Id.ToString() : id : throw NoTag(described.Id, parse.GetValue(tags)));
                return ExitCode.Success;
            }

            string tag = await ChooseAsync(context, [.. named[description.Named]], cancellationToken);
            bool isShort = digits == 0 || (description.Depth == 0 && description.Named == described.Position && !isLongForm);
            context.Output.Line(isShort ? tag : string.Create(CultureInfo.InvariantCulture, $"{tag}-{description.Depth}-g{id}"));
            return ExitCode.Success;
        });
    }

    private static CommitDescription? Find(CommitLog log, CommitNode described, ILookup<int, RefEntry> named, Func<int, bool> isAnnotated, bool always)
    {
        // A shallow clone has the tags that it was told to follow: only what is on the commit itself is certain.
        return !log.IsShallow ? CommitDescription.Find(log, described.Position, named.Select(g => g.Key).ToHashSet(), isAnnotated)
            : named.Contains(described.Position) ? new CommitDescription(described.Position, 0)
            : always ? null
            : throw ShallowHistoryException.Unknown(log, $"which tag comes before {log.Abbreviate(described.Id)}");
    }

    private static ILookup<int, RefEntry> NamedCommits(CommandContext context, bool withLightTags) => context.Clone.Refs.List(RefName.Tags)
        .Where(r => withLightTags || r.Peeled is not null)
        .Select(r => (Ref: r, Found: context.Clone.History.TryFind(r.PeeledTarget, out CommitNode node), Node: node))
        .Where(n => n.Found)
        .ToLookup(n => n.Node.Position, n => n.Ref);

    // Annotated tags before others; of several the latest, which takes reading them, else the first by name.
    private static async Task<string> ChooseAsync(CommandContext context, RefEntry[] tags, CancellationToken cancellationToken)
    {
        RefEntry[] annotated = [.. tags.Where(t => t.Peeled is not null)];
        if (annotated.Length == 0)
        {
            return tags[0].Name.Short;
        }

        RefEntry latest = annotated[0];
        if (annotated.Length > 1)
        {
            long latestSeconds = long.MinValue;
            await context.Objects.EnsureAsync([.. annotated.Select(t => t.Target)], cancellationToken);
            foreach (RefEntry tag in annotated)
            {
                GitObject read = await context.Objects.ReadAsync(tag.Target, cancellationToken);
                long seconds = Tag.Parse(read.Body).Tagger?.UnixSeconds ?? 0;
                if (seconds > latestSeconds)
                {
                    (latest, latestSeconds) = (tag, seconds);
                }
            }
        }

        return latest.Name.Short;
    }

    private static CommandException NoTag(ObjectId id, bool withLightTags) => new(
        ExitCode.NotFound,
        $"No {(withLightTags ? "" : "annotated ")}tag describes {id}.",
        withLightTags ? "'--always' prints its id." : "'--tags' takes every tag, '--always' prints the id.");
}
