using System.CommandLine;
using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Sparse;
using Monorepo.Workspace.Trees;

namespace Monorepo.Cli.Commands.Contents;

/// <summary><c>mr prefetch</c>: brings the contents of a revision into the cache, for work without the server.</summary>
public static class PrefetchCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string> revision = new("REV") { Description = "The revision.", DefaultValueFactory = _ => "HEAD" };
        Argument<string[]> paths = new("PATH") { Description = "Only what is at or below these paths. Without any: all, or what a sparse working copy has.", Arity = ArgumentArity.ZeroOrMore };
        Command command = new("prefetch", "Fetch the contents of a revision into the cache, in one batch.") { revision, paths };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            ObjectId root = await context.ResolveTreeAsync(parse.GetValue(revision)!, cancellationToken);
            byte[][] wanted = [.. (parse.GetValue(paths) ?? []).Select(p => Encoding.UTF8.GetBytes(p.TrimEnd('/')))];
            HashSet<ObjectId> ids = [];
            bool[] matched = new bool[wanted.Length];
            if (wanted.Length == 0 && context.WorkingCopy.Sparse is { } sparse)
            {
                await AddInsideAsync(context, new SparseView(root, sparse.Rules), ids, cancellationToken);
            }
            else
            {
                await foreach (TreeItem item in new TreeWalker(context.Objects).ListAsync(root, withDirectories: false, cancellationToken))
                {
                    if (item.Mode.HasBlob() && Matches(item.Path.Span, wanted, matched))
                    {
                        ids.Add(item.Id);
                    }
                }
            }

            if (Array.IndexOf(matched, false) is int missing and >= 0)
            {
                throw new CommandException(ExitCode.NotFound, $"'{Encoding.UTF8.GetString(wanted[missing])}' is no path of that revision.");
            }

            await context.Objects.EnsureAsync(ids, cancellationToken);
            await Console.Error.WriteLineAsync($"{ids.Count} file contents are in the cache.");
            return ExitCode.Success;
        });
    }

    private static async Task AddInsideAsync(CommandContext context, SparseView view, HashSet<ObjectId> ids, CancellationToken cancellationToken)
    {
        IObjectSource objects = context.Objects;
        await objects.EnsureInsideAsync(view, null, cancellationToken);
        SparseChanges inside = await SparseDiff.CompareAsync(objects, view with { Root = null }, view, cancellationToken);
        ids.UnionWith(inside.Changes.Where(static c => c.New.Mode.HasBlob()).Select(static c => c.New.Id));
    }

    private static bool Matches(ReadOnlySpan<byte> path, byte[][] wanted, bool[] matched)
    {
        bool any = wanted.Length == 0;
        for (int i = 0; i < wanted.Length; i++)
        {
            byte[] prefix = wanted[i];
            if (path.StartsWith(prefix) && (path.Length == prefix.Length || prefix.Length == 0 || path[prefix.Length] == '/'))
            {
                matched[i] = true;
                any = true;
            }
        }

        return any;
    }
}
