using System.ComponentModel;
using System.Diagnostics;
using Monorepo.Workspace.Commits;

namespace Monorepo.Cli.Editing;

/// <summary>Lets the user write a message in their editor. No lock is held meanwhile.</summary>
internal static class MessageEditor
{
    /// <summary>The draft of a commit's message in the clone's state; it stays when the command has ended.</summary>
    public const string CommitDraft = "COMMIT_EDITMSG";

    /// <summary>The draft of a tag's message.</summary>
    public const string TagDraft = "TAG_EDITMSG";

    /// <summary>The message, clean; empty where the user wrote none.</summary>
    /// <param name="context">The command's.</param>
    /// <param name="draft">The file's name in <c>.mr</c>.</param>
    /// <param name="template">What the editor shows; lines that start with <c>#</c> are no part of the message.</param>
    /// <param name="cancellationToken">Checked when the editor has ended.</param>
    /// <exception cref="CommandException">There is no editor, or it failed.</exception>
    public static async Task<byte[]> EditAsync(CommandContext context, string draft, ReadOnlyMemory<byte> template, CancellationToken cancellationToken)
    {
        string editor = context.Surroundings.Editor.Choose()
            ?? throw new CommandException(ExitCode.Usage, "a message is needed, and there is no terminal to write it on.", "Give it with -m \"MESSAGE\" or -F FILE, or name an editor in MR_EDITOR.");
        string path = Path.Combine(context.Clone.Paths.State, draft);
        await File.WriteAllBytesAsync(path, template, cancellationToken);
        if (await RunAsync(editor, path, context.Surroundings.WorkingDirectory) is var code and not 0)
        {
            throw new CommandException(ExitCode.Negative, $"the editor '{editor}' failed with {code}: nothing was done.", $"What was written is in '{path}'. Give the message with -m \"MESSAGE\" or -F FILE, or name another editor in MR_EDITOR.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        return CommitMessage.Strip(await File.ReadAllBytesAsync(path, cancellationToken));
    }

    // By the shell, as git does: an editor may come with options. It shares our terminal, and Ctrl-C is its own affair.
    private static async Task<int> RunAsync(string editor, string path, string directory)
    {
        ProcessStartInfo start = new("/bin/sh") { UseShellExecute = false, WorkingDirectory = directory };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"{editor} \"$@\"");
        start.ArgumentList.Add(editor);
        start.ArgumentList.Add(path);
        try
        {
            using Process process = Process.Start(start) ?? throw new InvalidOperationException("No process was started.");
            await process.WaitForExitAsync(CancellationToken.None);
            return process.ExitCode;
        }
        catch (Win32Exception e)
        {
            throw new CommandException(ExitCode.Usage, $"the editor '{editor}' can't be started: {e.Message}", "Name another one in MR_EDITOR.", e);
        }
    }
}
