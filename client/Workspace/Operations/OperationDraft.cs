using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Operations;

/// <summary>What is known of an operation whose command was killed.</summary>
/// <param name="Command">The beginning of its command line.</param>
/// <param name="Traits">What it had said of itself.</param>
/// <param name="Discarded">As <see cref="Operation.Discarded"/>.</param>
/// <param name="PutBack">As <see cref="Operation.PutBack"/>.</param>
internal sealed record DraftedOperation(string Command, OperationTraits Traits, IReadOnlyList<ObjectId> Discarded, IReadOnlyList<ObjectId> PutBack);

/// <summary>
/// The content of the lock's file: a line with process id, a space and the command, for people; then <c>traits N</c>, <c>discarded ID</c> and <c>putback ID</c>, a line each. It is emptied
/// when the lock is given back, so what the next holder finds there is of a command that was killed. Not synced: it is for the end of a process, not of the machine.
/// </summary>
/// <param name="file">The lock's; stays the caller's.</param>
/// <param name="command">What holds it.</param>
internal sealed class OperationDraft(FileDescriptor file, string command)
{
    private const int CommandBytesMax = 200;
    private const int FileBytesMax = 64 << 10;

    /// <summary>The command and process that a lock's file names; nulls where it names none.</summary>
    public static (string? Command, int Process) ReadOwner(FileDescriptor file)
    {
        string[] parts = ReadLines(file)[0].Split(' ', 2);
        return parts.Length == 2 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out int process) ? (parts[1], process) : (null, 0);
    }

    /// <summary>What the last holder left; null: it ended in order.</summary>
    public DraftedOperation? ReadLast()
    {
        if (ReadOwner(file).Command is not { } killed)
        {
            return null;
        }

        DraftedOperation found = new(killed, OperationTraits.None, [], []);
        foreach (string line in ReadLines(file).Skip(1))
        {
            string[] parts = line.Split(' ', 2);
            if (parts is ["traits", var number] && int.TryParse(number, CultureInfo.InvariantCulture, out int traits))
            {
                found = found with { Traits = (OperationTraits)traits };
            }
            else if (parts is ["discarded", var discarded] && ObjectId.TryParse(discarded.AsSpan(), out ObjectId first))
            {
                found = found with { Discarded = [.. found.Discarded, first] };
            }
            else if (parts is ["putback", var putBack] && ObjectId.TryParse(putBack.AsSpan(), out ObjectId second))
            {
                found = found with { PutBack = [.. found.PutBack, second] };
            }
        }

        return found;
    }

    public void Write(OperationTraits traits, IReadOnlyList<ObjectId> discarded, IReadOnlyList<ObjectId> putBack)
    {
        byte[] owner = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} {command.ReplaceLineEndings(" ")}"));
        StringBuilder rest = new();
        if (traits != OperationTraits.None)
        {
            rest.Append(CultureInfo.InvariantCulture, $"\ntraits {(int)traits}");
        }

        rest.Append(string.Concat(discarded.Select(static id => $"\ndiscarded {id}"))).Append(string.Concat(putBack.Select(static id => $"\nputback {id}")));
        try
        {
            PosixFile.SetLength(file, 0);
            PosixFile.WriteAt(file, [.. owner.AsSpan(0, Math.Min(owner.Length, CommandBytesMax)), .. Encoding.ASCII.GetBytes(rest.ToString())], 0);
        }
        catch (PosixException)
        {
            // A full disk: the lock holds without a name.
        }
    }

    private static string[] ReadLines(FileDescriptor file)
    {
        byte[] bytes = new byte[FileBytesMax];
        return Encoding.UTF8.GetString(bytes, 0, PosixFile.ReadAt(file, bytes, 0)).Split('\n');
    }
}
