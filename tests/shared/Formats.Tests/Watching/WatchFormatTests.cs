using Monorepo.Core;
using Monorepo.Formats.Watching;

namespace Monorepo.Formats.Tests.Watching;

public sealed class WatchFormatTests
{
    private static readonly StatusAnswer s_status = new(WatchOutcome.Done, "said")
    {
        Head = new StatusHead("main", ObjectId.Parse(new string('a', 40)), "aaaaaaa", true, 3, 0),
        Entries = [("a/ä"u8.ToArray(), 1), ([0xFF], 3)],
        Unreadable = [("x"u8.ToArray(), "openat", 13)],
    };

    private static readonly ChangesAnswer s_changes = new(WatchOutcome.Done, "", "c:1:2", false, [("p"u8.ToArray(), 1), ("q"u8.ToArray(), 2)]);

    private static readonly InfoAnswer s_info = new(7, "0.1.0", "/w", "inotify", null, "overflow") { Watches = 1, Restarts = 2, Questions = 3, Commands = 4, Scans = 5, Entries = 6, MemoryBytes = 7, UptimeMs = 8, ReadyMs = 9 };

    private static readonly CommandQuestion s_command = new(1000, "/w/ä", ["log", "--", ""]) { Environment = "HOME=/h\0", Columns = 80, IsTerminal = true, IsDumb = true };

    private static readonly CommandAnswer s_commandAnswer = new(WatchOutcome.Done, "said", new byte[] { 0, 0xFF });

    [Fact]
    public void Answers_and_questions_come_back_as_they_were()
    {
        StatusAnswer status = StatusAnswer.Read(Written(s_status.Write));
        Assert.Equal(s_status.Head, status.Head);
        Assert.Equal(s_status.Entries.Select(e => (Convert.ToHexString(e.Path), e.Code)), status.Entries.Select(e => (Convert.ToHexString(e.Path), e.Code)));
        Assert.Equal(("openat", 13), (status.Unreadable[0].Operation, status.Unreadable[0].Errno));
        Assert.Equal(StatusAnswer.NoHead, StatusAnswer.Read(Written(new StatusAnswer(WatchOutcome.Unavailable, "why").Write)).Head);
        ChangesAnswer changes = ChangesAnswer.Read(Written(s_changes.Write));
        Assert.Equal((s_changes.Clock, 2, (byte)2), (changes.Clock, changes.Paths.Count, changes.Paths[1].IsDirectory));
        Assert.Equal(s_info, InfoAnswer.Read(Written(s_info.Write)));
        WatchQuestion question = new(600, "~/ä");
        Assert.Equal(question, WatchQuestion.Read(Written(question.Write)));
        CommandQuestion command = CommandQuestion.Read(Written(s_command.Write));
        Assert.Equal(s_command.Arguments, command.Arguments);
        Assert.Equal(s_command, command with { Arguments = s_command.Arguments });
        CommandAnswer answer = CommandAnswer.Read(Written(s_commandAnswer.Write));
        Assert.Equal((s_commandAnswer.Outcome, s_commandAnswer.Message, "00FF"), (answer.Outcome, answer.Message, Convert.ToHexString(answer.Output.Span)));
    }

    [Fact]
    public void Every_cut_and_every_byte_too_many_is_refused()
    {
        Refuses(Written(s_status.Write), static p => StatusAnswer.Read(p));
        Refuses(Written(s_changes.Write), static p => ChangesAnswer.Read(p));
        Refuses(Written(s_info.Write), static p => InfoAnswer.Read(p));
        Refuses(Written(new WatchQuestion(1, "x").Write), static p => WatchQuestion.Read(p));
        Refuses(Written(s_command.Write), static p => CommandQuestion.Read(p));
        Refuses(Written(s_commandAnswer.Write), static p => CommandAnswer.Read(p));
    }

    [Fact]
    public void What_no_terminal_and_no_patience_has_is_refused()
    {
        Assert.Throws<WatchFormatException>(() => CommandQuestion.Read(Written((s_command with { Columns = 0 }).Write)));
        Assert.Throws<WatchFormatException>(() => CommandQuestion.Read(Written((s_command with { PatienceMs = -1 }).Write)));
        Assert.Throws<WatchFormatException>(() => CommandAnswer.Read(Written((s_commandAnswer with { Outcome = WatchOutcome.Unfinished }).Write)));
    }

    [Fact]
    public void Frames_have_the_bytes_that_are_written_down()
    {
        byte[] header = new byte[WatchFrame.HeaderBytes];
        new WatchFrame(1, WatchMessage.Status, 0x1234).Write(header);
        Assert.Equal("6D72776174636800" + "0100" + "0200" + "34120000", Convert.ToHexString(header));
        Assert.Equal(new WatchFrame(1, WatchMessage.Status, 0x1234), WatchFrame.Read(header, 0x1234));
        Assert.Throws<WatchFormatException>(() => WatchFrame.Read(header, 0x1233));
        Assert.Throws<WatchFormatException>(() => WatchFrame.Read(header.AsSpan(1), 0x1234));
        header[0] ^= 1;
        Assert.Throws<WatchFormatException>(() => WatchFrame.Read(header, 0x1234));
    }

    private static byte[] Written(Action<WatchPayloadWriter> write)
    {
        WatchPayloadWriter output = new();
        write(output);
        return output.Written.ToArray();
    }

    private static void Refuses(byte[] payload, Action<byte[]> read)
    {
        for (int length = 0; length < payload.Length; length++)
            Assert.Throws<WatchFormatException>(() => read(payload[..length]));
        Assert.Throws<WatchFormatException>(() => read([.. payload, 0]));
    }
}
