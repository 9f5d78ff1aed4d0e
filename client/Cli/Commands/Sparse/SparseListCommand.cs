using System.CommandLine;
using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Sparse;
using Monorepo.Workspace.Trees;

namespace Monorepo.Cli.Commands.Sparse;

/// <summary><c>mr sparse list</c>: the profiles that are enabled, and others beside them.</summary>
internal static class SparseListCommand
{
    private const string Suffix = ".sparse";

    // Where profiles are looked for besides the directories of those that are enabled; the whole tree would cost a walk.
    private static readonly string[] s_usualDirectories = ["", "sparse", ".sparse"];

    public static Command Create(Surroundings surroundings)
    {
        Option<bool> json = Options.Json("One JSON object: profiles with their titles, and rules.");
        Command command = new(
            "list", $"List the enabled profiles (*), those they include (+), and others named *{Suffix} in their directories, at the top, in sparse/ and in .sparse/.") { json };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            await context.FinishCheckoutAsync(cancellationToken);
            SparseState? state = context.WorkingCopy.Sparse;
            List<Listed> all = [.. Known(state), .. await FindOthersAsync(context, state, cancellationToken)];
            all.Sort(static (a, b) => string.CompareOrdinal(a.Path, b.Path));
            if (parse.GetValue(json))
            {
                WriteJson(context, state, all);
                return ExitCode.Success;
            }

            foreach (Listed profile in all)
            {
                context.Output.Line($"{(profile.IsEnabled ? '*' : profile.IsIncluded ? '+' : ' ')} {profile.Path}{(profile.Title is null ? "" : $"  {profile.Title}")}");
            }

            foreach (SparseRule rule in state?.Settings.Rules ?? [])
            {
                context.Output.Line($"{(rule.IsInclude ? "include" : "exclude")} {rule.Pattern.Text}");
            }

            return ExitCode.Success;
        });
    }

    private static IEnumerable<Listed> Known(SparseState? state)
    {
        if (state is null)
        {
            return [];
        }

        HashSet<string> enabled = new(state.Settings.Profiles, StringComparer.Ordinal);
        Dictionary<string, ProfileFile> files = state.Files.ToDictionary(static f => f.Path, StringComparer.Ordinal);
        return enabled.Union(files.Keys, StringComparer.Ordinal).Select(p => new Listed(
            p, enabled.Contains(p), !enabled.Contains(p), files.TryGetValue(p, out ProfileFile? file) ? SparseProfile.Parse(p, file.Content.Span).Title : null));
    }

    // Of trees only: others' titles would take their contents.
    private static async Task<List<Listed>> FindOthersAsync(CommandContext context, SparseState? state, CancellationToken cancellationToken)
    {
        ObjectId root;
        using (DirstateFile? dirstate = context.WorkingCopy.OpenDirstate())
        {
            if (dirstate is null)
            {
                return [];
            }

            root = dirstate.Reader.Tree;
        }

        HashSet<string> known = new(Known(state).Select(static k => k.Path), StringComparer.Ordinal);
        string[] directories = [.. known.Select(static p => p[..Math.Max(0, p.LastIndexOf('/'))]).Concat(s_usualDirectories).Distinct(StringComparer.Ordinal)];
        IObjectSource objects = context.Objects;
        await objects.EnsureInsideAsync(new SparseView(root, SparseRules.Of(directories.Where(static d => d.Length > 0).Select(static d => d + "/" + Suffix))), null, cancellationToken);
        TreeWalker walker = new(objects);
        List<Listed> found = [];
        foreach (string directory in directories)
        {
            TreeItem? there = await walker.FindAsync(root, Encoding.UTF8.GetBytes(directory), cancellationToken);
            if (there is not { Mode: var mode, Id: var id } || !mode.IsDirectory())
            {
                continue;
            }

            foreach (TreeItem item in await walker.ReadItemsAsync(id, Encoding.UTF8.GetBytes(directory), cancellationToken))
            {
                if (item.Mode.Kind() == EntryKind.File && item.PathText.EndsWith(Suffix, StringComparison.Ordinal) && !known.Contains(item.PathText))
                {
                    found.Add(new Listed(item.PathText, IsEnabled: false, IsIncluded: false, null));
                }
            }
        }

        return found;
    }

    private static void WriteJson(CommandContext context, SparseState? state, List<Listed> all)
    {
        context.Output.JsonObject(json =>
        {
            json.WriteBoolean("sparse", state is not null);
            json.WriteStartArray("profiles");
            foreach (Listed profile in all)
            {
                json.WriteStartObject();
                json.WriteString("path", profile.Path);
                json.WriteBoolean("enabled", profile.IsEnabled);
                json.WriteBoolean("included", profile.IsIncluded);
                if (profile.Title is not null)
                {
                    json.WriteString("title", profile.Title);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            SparseJson.WriteRules(json, state?.Settings.Rules ?? []);
        });
    }

    private readonly record struct Listed(string Path, bool IsEnabled, bool IsIncluded, string? Title);
}
