using Monorepo.Core;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Sparse;

/// <summary>Finds the profiles that a clone's settings lead to in a commit's tree, and makes rules of them.</summary>
public static class SparseProfiles
{
    /// <summary>Profiles that lead to each other are read in so many rounds at most.</summary>
    public const int DepthMax = 16;

    /// <summary>All that settings lead to.</summary>
    public const int FilesMax = 1_024;

    /// <summary>
    /// The state of a commit. A profile that its tree does not have keeps the rules it had: who looks at an old commit does not want the whole
    /// of it. Each round of includes costs one question for trees and one for contents at most, and none where the profiles are as they were.
    /// </summary>
    /// <param name="objects">Where trees and profiles are read.</param>
    /// <param name="tree">The commit's.</param>
    /// <param name="settings">Not <see cref="SparseSettings.None"/>.</param>
    /// <param name="before">The state until now; null: there is none.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="SparseException">A profile is nowhere, or wrong.</exception>
    public static async Task<SparseState> ResolveAsync(
        IObjectSource objects, ObjectId tree, SparseSettings settings, SparseState? before, CancellationToken cancellationToken)
    {
        Dictionary<string, ProfileFile> known = (before?.Files ?? []).ToDictionary(static f => f.Path, StringComparer.Ordinal);
        Dictionary<string, ProfileFile> found = new(StringComparer.Ordinal);
        string[] wanted = [.. settings.Profiles];
        for (int depth = 0; wanted.Length > 0; depth++)
        {
            if (depth == DepthMax || found.Count + wanted.Length > FilesMax)
            {
                throw new SparseException(SparseError.ProfileWrong, $"The sparse profile '{wanted[0]}' is included too deeply: at most {DepthMax} profiles in each other and {FilesMax:N0} in all are allowed.");
            }

            foreach (ProfileFile file in await ReadAsync(objects, tree, wanted, known, cancellationToken))
            {
                found.Add(file.Path, file);
            }

            wanted = [.. wanted.SelectMany(p => SparseProfile.Parse(p, found[p].Content.Span).Includes).Where(p => !found.ContainsKey(p)).Distinct(StringComparer.Ordinal)];
        }

        SparseState state = new(settings, [.. found.Values.OrderBy(static f => f.Path, StringComparer.Ordinal)]);
        return state.Id == before?.Id ? before : state;
    }

    /// <summary>The rules of settings and of the profiles they lead to.</summary>
    /// <exception cref="SparseException">A profile is missing, wrong, or includes itself.</exception>
    internal static SparseRules Compile(SparseSettings settings, IReadOnlyList<ProfileFile> files)
    {
        Dictionary<string, SparseProfile> profiles = files.ToDictionary(static f => f.Path, static f => SparseProfile.Parse(f.Path, f.Content.Span), StringComparer.Ordinal);
        Dictionary<string, SparseRules> made = new(StringComparer.Ordinal);
        return new SparseRules([.. settings.Profiles.Select(p => Compile(p, profiles, made, []))], settings.Rules);
    }

    private static SparseRules Compile(string path, Dictionary<string, SparseProfile> profiles, Dictionary<string, SparseRules> made, List<string> within)
    {
        if (made.TryGetValue(path, out SparseRules? rules))
        {
            return rules;
        }

        if (within.Contains(path))
        {
            throw new SparseException(SparseError.ProfileWrong, $"The sparse profile '{path}' includes itself: {string.Join(" → ", within.SkipWhile(w => w != path).Append(path))}.");
        }

        SparseProfile profile = profiles.GetValueOrDefault(path) ?? throw Missing(path);
        within.Add(path);
        rules = new SparseRules([.. profile.Includes.Select(p => Compile(p, profiles, made, within))], profile.Rules);
        within.RemoveAt(within.Count - 1);
        made.Add(path, rules);
        return rules;
    }

    private static async Task<List<ProfileFile>> ReadAsync(
        IObjectSource objects, ObjectId tree, string[] paths, Dictionary<string, ProfileFile> known, CancellationToken cancellationToken)
    {
        await objects.EnsureInsideAsync(new SparseView(tree, SparseRules.Of(paths)), null, cancellationToken);
        TreeWalker walker = new(objects);
        List<ProfileFile> files = [];
        Dictionary<ObjectId, List<string>> unread = [];
        foreach (string path in paths)
        {
            TreeItem? item = await walker.FindAsync(tree, System.Text.Encoding.UTF8.GetBytes(path), cancellationToken);
            bool isThere = item is { Mode: var mode } && mode.Kind() is EntryKind.File or EntryKind.Executable;
            if (known.TryGetValue(path, out ProfileFile? before) && (!isThere || before.Id == item!.Value.Id))
            {
                files.Add(before);
            }
            else if (!isThere)
            {
                throw Missing(path);
            }
            else if (unread.TryGetValue(item!.Value.Id, out List<string>? same))
            {
                same.Add(path);
            }
            else
            {
                unread.Add(item.Value.Id, [path]);
            }
        }

        if (unread.Count > 0)
        {
            await foreach (GitObject content in objects.ReadManyAsync(unread.Keys, cancellationToken))
            {
                files.AddRange(unread[content.Id].Select(p => new ProfileFile(p, content.Body)));
            }
        }

        return files;
    }

    private static SparseException Missing(string path) => new(SparseError.ProfileMissing, $"There is no sparse profile '{path}' in this revision.");
}
