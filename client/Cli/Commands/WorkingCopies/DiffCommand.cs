using System.CommandLine;
using Monorepo.Cli.Output;
using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Revisions;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Cli.Commands.WorkingCopies;

/// <summary><c>mr diff</c>: a patch of unsaved changes, or between two revisions.</summary>
public static class DiffCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> revisions = new("REV") { Description = "Nothing: what is not committed. A B or A..B: between two revisions.", Arity = new ArgumentArity(0, 2) };
        Option<int> abbreviation = Options.Abbreviation();
        Option<bool> fullIndex = Options.FullIndex();
        Command command = new("diff", "Show changes as a patch that 'git apply' takes. Renames are shown as a removal and an addition.") { revisions, abbreviation, fullIndex };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            string[] given = parse.GetValue(revisions) ?? [];
            using PatchWriter writer = new(context.Output, parse.GetValue(fullIndex) ? id => id.ToString() : context.Abbreviation(parse.GetValue(abbreviation)));
            if (given.Length == 0)
            {
                await context.FinishCheckoutAsync(cancellationToken);
                await WriteUnsavedAsync(context, writer, cancellationToken);
                return ExitCode.Success;
            }

            (ObjectId left, ObjectId right) = given.Length == 2
                ? (await context.ResolveTreeAsync(given[0], cancellationToken), await context.ResolveTreeAsync(given[1], cancellationToken))
                : await ResolveRangeAsync(context, given[0], cancellationToken);
            await TreePatches.WriteAsync(writer, context.Objects, await TreeDiff.CompareAsync(context.Objects, left, right, cancellationToken), cancellationToken);
            return ExitCode.Success;
        });
    }

    private static async Task<(ObjectId Left, ObjectId Right)> ResolveRangeAsync(CommandContext context, string text, CancellationToken cancellationToken)
    {
        RevisionRange range = await context.ResolveRangeAsync(text, cancellationToken);
        return range.Left is { } left && !range.IsSymmetric
            ? (context.ReadCommit(left.Id).Tree, context.ReadCommit(range.Right.Id).Tree)
            : throw new CommandException(ExitCode.Usage, $"'{text}' is one revision; diff takes none, two, or A..B.", $"'mr diff {text} HEAD' compares it with what is checked out.");
    }

    private static async Task WriteUnsavedAsync(CommandContext context, PatchWriter writer, CancellationToken cancellationToken)
    {
        StatusResult status = await context.WorkingCopy.FindStatusAsync(cancellationToken);
        using DirstateFile? dirstate = context.WorkingCopy.OpenDirstate();
        using IWorkingFiles files = context.WorkingCopy.OpenFiles();
        List<(byte[] Path, DirstateEntry Tracked, bool IsDeleted)> changed = [];
        HashSet<ObjectId> wanted = [];
        foreach (StatusEntry entry in status.Entries)
        {
            if (entry.IsTrackedChange
                && dirstate is not null && dirstate.Reader.TryFind(entry.Path, out DirstateEntry tracked))
            {
                changed.Add((entry.Path, tracked, entry.Code is StatusCode.Deleted or StatusCode.Removed or StatusCode.AddedMissing));
                if (tracked.Mode.HasBlob() && !tracked.IsAdded)
                {
                    wanted.Add(tracked.Id);
                }
            }
        }

        await context.Objects.EnsureAsync(wanted, cancellationToken);
        foreach ((byte[] path, DirstateEntry tracked, bool isDeleted) in changed)
        {
            ReadOnlyMemory<byte> content = tracked.Mode.HasBlob() && !tracked.IsAdded ? (await context.Objects.ReadAsync(tracked.Id, cancellationToken)).Body : default;
            writer.Write(path, tracked.IsAdded ? PatchSide.Absent : new PatchSide(tracked.Mode, tracked.Id, content), isDeleted ? PatchSide.Absent : Read(files, path));
        }
    }

    private static PatchSide Read(IWorkingFiles files, ReadOnlySpan<byte> path)
    {
        using IWorkingDirectory? directory = files.OpenDirectory(WorkingPath.Split(path, out ReadOnlySpan<byte> name));
        if (directory?.GetStatus(name) is not { } status)
        {
            return PatchSide.Absent;
        }

        if (status.Kind == FileKind.SymbolicLink)
        {
            byte[] target = directory.ReadLink(name) ?? [];
            return new PatchSide(FileMode.SymbolicLink, ObjectHasher.Hash(ObjectKind.Blob, target), target);
        }

        using IWorkingFile? file = directory.OpenRead(name);
        if (file is null)
        {
            return PatchSide.Absent;
        }

        using MemoryStream content = new();
        byte[] buffer = new byte[64 << 10];
        int count;
        while ((count = file.Read(buffer)) > 0)
        {
            content.Write(buffer, 0, count);
        }

        byte[] body = content.ToArray();
        return new PatchSide(status.IsOwnerExecutable ? FileMode.Executable : FileMode.Regular, ObjectHasher.Hash(ObjectKind.Blob, body), body);
    }
}
