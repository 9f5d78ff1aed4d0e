using Monorepo.Core;

namespace Monorepo.Formats.Watching;

/// <summary>What differs, as the watcher knows it.</summary>
/// <param name="Outcome">Where it is not <see cref="WatchOutcome.Done"/>, only the message counts.</param>
/// <param name="Message">For people; empty where there is nothing to say.</param>
public sealed record StatusAnswer(WatchOutcome Outcome, string Message)
{
    public static readonly StatusHead NoHead = new(null, null, null, false, null, null);

    public StatusHead Head { get; init; } = NoHead;

    /// <summary>In the order of a status. The code is the caller's.</summary>
    public IReadOnlyList<(byte[] Path, byte Code)> Entries { get; init; } = [];

    /// <summary>Paths that may not be looked at, with the call that failed and its error number.</summary>
    public IReadOnlyList<(byte[] Path, string Operation, int Errno)> Unreadable { get; init; } = [];

    public void Write(WatchPayloadWriter output)
    {
        output.Byte((byte)Outcome);
        output.Text(Message);
        output.OptionalText(Head.Branch);
        output.OptionalText(Head.Commit?.ToString());
        output.OptionalText(Head.ShortCommit);
        output.Flag(Head.IsOnServer);
        output.Number(Head.Ahead ?? -1);
        output.Number(Head.Behind ?? -1);
        output.Number(Entries.Count);
        foreach ((byte[] path, byte code) in Entries)
        {
            output.Byte(code);
            output.Bytes(path);
        }

        output.Number(Unreadable.Count);
        foreach ((byte[] path, string operation, int errno) in Unreadable)
        {
            output.Bytes(path);
            output.Text(operation);
            output.Number(errno);
        }
    }

    /// <exception cref="WatchFormatException">It is none.</exception>
    public static StatusAnswer Read(ReadOnlySpan<byte> payload)
    {
        WatchPayloadReader input = new(payload);
        WatchOutcome outcome = (WatchOutcome)input.Byte();
        string message = input.Text();
        string? branch = input.OptionalText();
        string? commitText = input.OptionalText();
        string? shortCommit = input.OptionalText();
        bool isOnServer = input.Flag();
        long ahead = input.Number();
        long behind = input.Number();
        ObjectId commit = default;
        if (outcome > WatchOutcome.Unfinished || (commitText is not null && !ObjectId.TryParse(commitText, out commit)) || Math.Max(ahead, behind) > int.MaxValue)
            throw new WatchFormatException("It is no status.");
        (byte[], byte)[] entries = new (byte[], byte)[input.Count(itemBytesMin: 5)];
        for (int i = 0; i < entries.Length; i++)
        {
            byte code = input.Byte();
            entries[i] = (input.Bytes(), code);
        }

        (byte[], string, int)[] unreadable = new (byte[], string, int)[input.Count(itemBytesMin: 16)];
        for (int i = 0; i < unreadable.Length; i++)
        {
            unreadable[i] = (input.Bytes(), input.Text(), (int)input.Number());
        }

        input.End();
        return new StatusAnswer(outcome, message)
        {
            Head = new StatusHead(branch, commitText is null ? null : commit, shortCommit, isOnServer, ahead < 0 ? null : (int)ahead, behind < 0 ? null : (int)behind),
            Entries = entries,
            Unreadable = unreadable,
        };
    }
}

/// <summary>What is checked out, and how it stands to the server's branch of the same name.</summary>
/// <param name="Branch">Its short name; null: detached.</param>
/// <param name="Commit">Null: nothing was checked out yet.</param>
/// <param name="ShortCommit">So many digits of it as are unique.</param>
/// <param name="IsOnServer">The server has a branch of that name.</param>
/// <param name="Ahead">Commits that the server's has not; null: there is nothing to compare with.</param>
/// <param name="Behind">Commits that only the server's has.</param>
public sealed record StatusHead(string? Branch, ObjectId? Commit, string? ShortCommit, bool IsOnServer, int? Ahead, int? Behind);
