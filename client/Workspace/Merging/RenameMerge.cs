using Monorepo.Core;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Merging;

/// <summary>Brings what the sides of a renamed file have together at its new path, as git's merge does. Not thread-safe.</summary>
/// <param name="entries">Changed; entries are added for new paths in directories that only one side has.</param>
/// <param name="renames">By old path, ours before theirs.</param>
/// <param name="contents">Merges contents where two files meet at one path.</param>
/// <param name="notes">Told of conflicts.</param>
/// <param name="depth">Of virtual bases.</param>
internal sealed class RenameMerge(Dictionary<byte[], MergeEntry> entries, List<MergeRename> renames, ContentMerge contents, MergeNotes notes, int depth)
{
    // Merged within another merge: longer markers keep the two apart.
    private readonly int _nesting = 1 + (2 * depth);

    /// <summary>The contents that merging reads, this and that of the entries.</summary>
    public IReadOnlyCollection<ObjectId> FindContents()
    {
        HashSet<ObjectId> ids = [];
        for (int i = 0; i < renames.Count; i++)
        {
            MergeRename rename = renames[i];
            MergeEntry old = entries[rename.Old];
            TreeSide other = IsBoth(i) ? renames[i + 1].File : old.Sides[3 - rename.Side];
            Want(ids, old.Sides[MergeEntry.Base], rename.File, other);
            if (entries.TryGetValue(rename.New, out MergeEntry? there) && MergeEntry.IsRegular(there.Sides[3 - rename.Side]))
            {
                // What came of the renamed file meets the one there.
                Want(ids, default, rename.File, there.Sides[3 - rename.Side]);
            }

            i += IsBoth(i) ? 1 : 0;
        }

        foreach (MergeEntry entry in entries.Values.Where(static e => e.EqualMask == 0))
        {
            Want(ids, entry.Sides[0], entry.Sides[1], entry.Sides[2]);
        }

        return ids;
    }

    public async Task MergeAsync(CancellationToken cancellationToken)
    {
        for (int i = 0; i < renames.Count; i++)
        {
            if (IsBoth(i))
            {
                await MergeBothAsync(renames[i], renames[i + 1], cancellationToken);
                i++;
            }
            else
            {
                await MergeOneAsync(renames[i], cancellationToken);
            }
        }
    }

    private static void Want(HashSet<ObjectId> ids, TreeSide fork, TreeSide ours, TreeSide theirs)
    {
        if (ContentMerge.NeedsContents(fork, ours, theirs))
        {
            ids.UnionWith([ours.Id, theirs.Id]);
            if (MergeEntry.IsRegular(fork))
            {
                ids.Add(fork.Id);
            }
        }
    }

    // Whether the rename is ours and the next one theirs of the same file.
    private bool IsBoth(int index) => index + 1 < renames.Count && renames[index].Old.AsSpan().SequenceEqual(renames[index + 1].Old);

    private MergeEntry At(byte[] path, MergeRename rename)
    {
        if (!entries.TryGetValue(path, out MergeEntry? entry))
        {
            // In a directory that was taken over whole: the other sides have nothing there.
            entries.Add(path, entry = new MergeEntry(path));
            entry.Sides[rename.Side] = rename.File;
        }

        return entry;
    }

    private async Task MergeBothAsync(MergeRename ours, MergeRename theirs, CancellationToken cancellationToken)
    {
        MergeEntry old = entries[ours.Old];
        MergeEntry left = At(ours.New, ours);
        MergeEntry right = At(theirs.New, theirs);
        if (left == right)
        {
            // Where neither has the directory they were taken from, each side's file may be known only now.
            left.Sides[MergeEntry.Ours] = ours.File;
            left.Sides[MergeEntry.Theirs] = theirs.File;
            left.Sides[MergeEntry.Base] = old.Sides[MergeEntry.Base];
            old.IsMoved = true;
            return;
        }

        TreeSide leftFile = left.Sides[MergeEntry.Ours];
        TreeSide rightFile = right.Sides[MergeEntry.Theirs];
        if (MergeEntry.TypeOf(leftFile) == MergeEntry.TypeOf(rightFile))
        {
            ContentMergeResult merged = await contents.MergeAsync(
                old.Sides[MergeEntry.Base], leftFile, rightFile, [old.Path, left.Path, right.Path], _nesting, cancellationToken);

            // What could not be merged at all is not put at both places.
            bool isOursAlone = !merged.IsClean && merged.Merged == leftFile;
            left.Sides[MergeEntry.Ours] = merged.Merged;
            right.Sides[MergeEntry.Theirs] = isOursAlone ? rightFile : merged.Merged;
        }

        left.IsPathDisputed = right.IsPathDisputed = old.IsPathDisputed = true;
        notes.RenameRename(old.Path, left.Path, right.Path);
    }

    private async Task MergeOneAsync(MergeRename rename, CancellationToken cancellationToken)
    {
        int other = 3 - rename.Side;
        MergeEntry old = entries[rename.Old];
        MergeEntry there = At(rename.New, rename);
        bool isDeleted = old.FileMask == 1;
        bool isOtherType = !isDeleted && MergeEntry.IsRegular(old.Sides[other]) != MergeEntry.IsRegular(there.Sides[rename.Side]);
        bool collides = !there.Sides[other].IsAbsent && !isOtherType;
        if (collides && isDeleted)
        {
            there.IsPathDisputed = true;
            notes.RenameDelete(old.Path, there.Path, rename.Side);
        }
        else if (collides)
        {
            await MergeCollidingAsync(rename, old, there, cancellationToken);
        }
        else
        {
            there.Sides[MergeEntry.Base] = old.Sides[MergeEntry.Base];
            there.Names[MergeEntry.Base] = old.Path;
            if (isOtherType)
            {
                old.Sides[MergeEntry.Base] = default;
            }
            else if (isDeleted)
            {
                there.IsPathDisputed = true;
                notes.RenameDelete(old.Path, there.Path, rename.Side);
            }
            else
            {
                there.Sides[other] = old.Sides[other];
                there.Names[other] = old.Path;
            }
        }

        if (!isOtherType)
        {
            old.IsMoved = true;
        }
    }

    // The other side has another file at the new path: what came of the renamed one meets that as if both had been added.
    private async Task MergeCollidingAsync(MergeRename rename, MergeEntry old, MergeEntry there, CancellationToken cancellationToken)
    {
        TreeSide[] sides = new TreeSide[3];
        byte[][] names = [old.Path, old.Path, old.Path];
        sides[MergeEntry.Base] = old.Sides[MergeEntry.Base];
        sides[rename.Side] = there.Sides[rename.Side];
        sides[3 - rename.Side] = old.Sides[3 - rename.Side];
        names[rename.Side] = there.Path;
        ContentMergeResult merged = await contents.MergeAsync(sides[0], sides[1], sides[2], names, _nesting, cancellationToken);
        there.Sides[rename.Side] = merged.Merged;
        if (!merged.IsClean)
        {
            notes.RenameCollides(old.Path, there.Path);
        }
    }
}
