using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Merging;

/// <summary>
/// Decides path after path, what lies in directories before what stands in their way, and puts the results into the merged tree. Not thread-safe.
/// </summary>
/// <param name="root">Where results go.</param>
/// <param name="contents">Merges contents.</param>
/// <param name="notes">Told of conflicts.</param>
/// <param name="labels">For the names of files that can't stay at their path.</param>
/// <param name="depth">Of virtual bases: 0 for the merge itself.</param>
internal sealed class EntryMerge(MergeDirectory root, ContentMerge contents, MergeNotes notes, MergeLabels labels, int depth)
{
    private readonly List<MergeConflict> _conflicts = [];

    /// <summary>By path.</summary>
    public IReadOnlyList<MergeConflict> Conflicts
    {
        get
        {
            _conflicts.Sort(static (a, b) => a.Path.AsSpan().SequenceCompareTo(b.Path));
            return _conflicts;
        }
    }

    public async Task MergeAsync(IEnumerable<MergeEntry> entries, CancellationToken cancellationToken)
    {
        // As if each name ended in a slash, backwards: all of a directory comes before a file of its name.
        foreach (MergeEntry entry in entries.OrderByDescending(static e => (byte[])[.. e.Path, (byte)'/'], BytesComparer.Instance))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!entry.IsMoved && entry.FileMask != 0)
            {
                await DecideAsync(entry, cancellationToken);
            }
        }
    }

    private async ValueTask DecideAsync(MergeEntry entry, CancellationToken cancellationToken)
    {
        Place place = new(entry.Path, 0);
        if (root.HasDirectory(entry.Path))
        {
            if (entry.FileMask == 1)
            {
                return;
            }

            int side = (entry.DirectoryMask & 2) != 0 ? MergeEntry.Theirs : MergeEntry.Ours;
            place = new Place(FreePath(entry.Path, side), side);
        }

        TreeSide[] sides = [.. entry.Sides];
        if (entry.EqualMask != 0)
        {
            TreeSide result = entry.EqualMask == 6 ? sides[MergeEntry.Ours] : sides[entry.EqualMask == 3 ? MergeEntry.Theirs : MergeEntry.Ours];
            bool isGone = result.IsAbsent;
            Put(entry, place, result, isGone || (place.MovedFrom == 0 && !entry.IsPathDisputed), sides);
        }
        else if (entry.FileMask >= 6 && MergeEntry.TypeOf(sides[1]) != MergeEntry.TypeOf(sides[2]))
        {
            DecideTypes(entry, place, sides);
        }
        else if (entry.FileMask >= 6)
        {
            await DecideContentAsync(entry, place, sides, cancellationToken);
        }
        else if (entry.FileMask is 3 or 5)
        {
            int side = entry.FileMask == 5 ? MergeEntry.Theirs : MergeEntry.Ours;
            if (!entry.IsPathDisputed || sides[MergeEntry.Base].Id != sides[side].Id)
            {
                notes.ModifyDelete(place.Path, side);
            }

            Put(entry, place, sides[depth > 0 ? MergeEntry.Base : side], isClean: false, sides);
        }
        else
        {
            // Of one side alone, or of none any more.
            TreeSide result = entry.FileMask == 1 ? default : sides[entry.FileMask == 4 ? MergeEntry.Theirs : MergeEntry.Ours];
            Put(entry, place, result, place.MovedFrom == 0 && !entry.IsPathDisputed, sides);
        }
    }

    private async ValueTask DecideContentAsync(MergeEntry entry, Place place, TreeSide[] sides, CancellationToken cancellationToken)
    {
        ContentMergeResult merged = await contents.MergeAsync(sides[0], sides[1], sides[2], entry.Names, 2 * depth, cancellationToken);
        if (merged.IsBinary && !merged.IsClean)
        {
            notes.Binary(place.Path);
        }

        if (merged.IsByLine)
        {
            notes.Merging(place.Path);
        }

        if (!merged.IsClean)
        {
            notes.Content(place.Path, merged.Merged.Mode.Kind() == EntryKind.Submodule ? "submodule" : entry.FileMask == 6 ? "add/add" : "content");
        }
        else if (place.MovedFrom != 0)
        {
            // Only where it stands is left to decide.
            TreeSide[] one = new TreeSide[3];
            one[place.MovedFrom] = merged.Merged;
            sides = one;
        }

        Put(entry, place, merged.Merged, merged.IsClean && place.MovedFrom == 0 && !entry.IsPathDisputed, sides);
    }

    // A file here, a link or submodule there: one of them, or both, go beside the path.
    private void DecideTypes(MergeEntry entry, Place place, TreeSide[] sides)
    {
        if (depth > 0)
        {
            Put(entry, place, sides[MergeEntry.Base], isClean: false, sides);
            return;
        }

        notes.DistinctTypes(place.Path);
        bool isOursMoved = MergeEntry.IsRegular(sides[1]) || !MergeEntry.IsRegular(sides[2]);
        bool isTheirsMoved = !MergeEntry.IsRegular(sides[1]);
        byte[] ours = isOursMoved ? FreePath(place.Path, MergeEntry.Ours) : place.Path;
        byte[] theirs = isTheirsMoved ? FreePath(place.Path, MergeEntry.Theirs) : place.Path;
        TreeSide BaseFor(TreeSide side) => MergeEntry.TypeOf(side) == MergeEntry.TypeOf(sides[0]) ? sides[0] : default;
        Put(entry, place with { Path = theirs }, sides[2], isClean: false, [BaseFor(sides[2]), default, sides[2]]);
        Put(entry, place with { Path = ours }, sides[1], isClean: false, [BaseFor(sides[1]), sides[1], default]);
    }

    private void Put(MergeEntry entry, Place place, TreeSide result, bool isClean, TreeSide[] sides)
    {
        if (!result.IsAbsent)
        {
            root.Place(place.Path, result);
        }

        if (isClean)
        {
            return;
        }

        if (place.MovedFrom != 0)
        {
            notes.FileDirectory(entry.Path, place.Path, place.MovedFrom);
        }

        _conflicts.Add(new MergeConflict(place.Path, sides[0], sides[1], sides[2]));
    }

    // The path with the side's name behind it, and a number where that is taken too.
    private byte[] FreePath(byte[] path, int side)
    {
        string label = side == MergeEntry.Ours ? labels.Ours : labels.Theirs;
        byte[] named = [.. path, (byte)'~', .. Encoding.UTF8.GetBytes(label.Replace('/', '_'))];
        byte[] free = named;
        for (int number = 0; root.IsTaken(free); number++)
        {
            free = [.. named, .. Encoding.ASCII.GetBytes($"_{number}")];
        }

        return free;
    }

    /// <param name="Path">Where the result goes.</param>
    /// <param name="MovedFrom">The side whose file had to make room for a directory; 0: none.</param>
    private readonly record struct Place(byte[] Path, int MovedFrom);
}
